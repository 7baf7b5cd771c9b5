"""Fully connected layers."""

from __future__ import annotations

from explorer.blocks.block import Block, features, token_by_token, torch_module
from explorer.blocks.checks import insert_flatten, needs_float
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Flag, Number
from explorer.text import text


def _check_linear(params, signals):
    (signal,) = signals
    if len(signal.shape) >= 3:
        return [Problem(text("Linear needs a flat input but gets {shape}.", shape=format_shape(signal.shape)),
                        insert_flatten())]
    return needs_float("Linear", signals)


LINEAR = Block(
    name="linear", title="Linear", family="linear",
    summary="Every output is a weighted sum of all inputs, plus a bias.",
    params=(
        Number("out_features", "Output features", 10, low=1, high=10_000_000, integer=True,
               help="The number of outputs. The last layer of a classifier has one per class."),
        Flag("bias", "Bias", True, help="Whether a learned bias is added to each output."),
    ),
    formula=r"y = W x + b", source="Dive into Deep Learning, 3.1; torch.nn.Linear",
    build=torch_module("Linear", features), check=_check_linear, sees=lambda params, in_shape: None,
    reach=token_by_token,
)
