"""Features of a point in the plane, as the network's input."""

from __future__ import annotations

from explorer.blocks.block import Block, Signal, token_by_token
from explorer.blocks.checks import needs_float
from explorer.document import Fix, Problem, SetParam
from explorer.formatting import format_shape
from explorer.spec import Flag
from explorer.text import text

FEATURES = {  # name of the setting -> its title, in the order of the outputs
    "x1": "x₁", "x2": "x₂", "x1_squared": "x₁²", "x2_squared": "x₂²", "product": "x₁x₂", "sin_x1": "sin x₁",
    "sin_x2": "sin x₂",
}
USUAL = ("x1", "x2")  # these alone hand on the point as it is


def _build(params, in_shapes):
    import torch
    from torch import Tensor, nn

    compute = {
        "x1": lambda x1, x2: x1, "x2": lambda x1, x2: x2, "x1_squared": lambda x1, x2: x1 * x1,
        "x2_squared": lambda x1, x2: x2 * x2, "product": lambda x1, x2: x1 * x2,
        "sin_x1": lambda x1, x2: torch.sin(x1), "sin_x2": lambda x1, x2: torch.sin(x2),
    }
    chosen = [compute[name] for name in FEATURES if params[name]]

    class PlaneFeatures(nn.Module):
        """(batch, 2) -> (batch, feature)."""

        def forward(self, x: Tensor) -> Tensor:
            return torch.stack([feature(x[:, 0], x[:, 1]) for feature in chosen], dim=1)

    return PlaneFeatures()


def _check(params, signals):
    (signal,) = signals
    if signal.shape != (2,):
        return [Problem(text("Plane features needs the 2 coordinates of a point but gets {shape}.",
                             shape=format_shape(signal.shape)))]
    if not any(params[name] for name in FEATURES):
        return [Problem(text("Plane features has no feature switched on."),
                        Fix(text("Switch x₁ and x₂ on"), tuple(SetParam("", name, True) for name in USUAL)))]
    return needs_float("Plane features", signals)


PLANE_FEATURES = Block(
    name="plane_features", title="Plane features", family="input",
    summary="The chosen functions of a point's two coordinates. Some make a hard problem easy for a single neuron.",
    params=tuple(Flag(name, title, name in USUAL, help="Whether the network gets this function of the point.")
                 for name, title in FEATURES.items()),
    formula=r"(x_1, x_2) \mapsto (x_1, x_2, x_1^2, x_2^2, x_1 x_2, \sin x_1, \sin x_2)",
    source="TensorFlow Playground (Smilkov et al. 2017)",
    build=_build, check=_check, sees=lambda params, in_shape: None, reach=token_by_token, example=(Signal((2,)),),
)
