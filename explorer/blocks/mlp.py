"""Multilayer perceptron of two layers, as transformers apply it to each token."""

from __future__ import annotations

from explorer.blocks.activation import activation_choice
from explorer.blocks.block import Block
from explorer.blocks.linear import LINEAR
from explorer.blocks.wiring import wired
from explorer.spec import Number


def _expand(params, in_shapes):
    features = in_shapes[0][-1]
    dropout = [(f"dropout{number}", "dropout", {"p": params["dropout"]}) if params["dropout"] else None
               for number in (1, 2)]
    return wired("MLP", ("input", "input", {}),
                 ("linear1", "linear", {"out_features": params["hidden_features"] or 4 * features}),
                 ("activation", params["activation"], {}), dropout[0],
                 ("linear2", "linear", {"out_features": params["out_features"] or features}), dropout[1])


MLP_BLOCK = Block(
    name="mlp_block", title="MLP block", family="linear",
    summary="Linear, activation, Linear, with dropout after each Linear; for a row, or for each token on its own.",
    params=(
        Number("hidden_features", "Hidden features", None, low=1, high=1_000_000, integer=True, optional=True,
               help="The number of hidden features. If empty, four times the input features."),
        Number("out_features", "Output features", None, low=1, high=1_000_000, integer=True, optional=True,
               help="The number of output features. If empty, as many as the input has."),
        activation_choice("gelu", "The activation between the two layers."),
        Number("dropout", "Dropout", 0.0, low=0, high=0.99, help="The fraction of values dropped during training."),
    ),
    formula=r"y = W_2\, \sigma(W_1 x + b_1) + b_2",
    source="Vaswani et al. 2017, 3.3; torchvision.ops.MLP", expand=_expand,
    check=lambda params, signals: LINEAR.check({}, signals), sees=lambda params, in_shape: None,
)
