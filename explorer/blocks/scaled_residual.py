"""Residual connection with a learned scale (LayerScale)."""

from __future__ import annotations

from explorer.blocks.block import Block, token_by_token
from explorer.blocks.checks import needs_float
from explorer.blocks.sketch import Symbol
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Number
from explorer.text import text


def _build(params, in_shapes):
    import torch
    from torch import Tensor, nn

    shape = in_shapes[0]
    channel_first = len(shape) == 3

    class ScaledResidual(nn.Module):
        """x + γ·f with one γ for each channel of a map, or each feature of a row or of tokens."""

        def __init__(self) -> None:
            super().__init__()
            self.gamma = nn.Parameter(torch.full((shape[0] if channel_first else shape[-1],), params["init_value"]))

        def forward(self, x: Tensor, branch: Tensor) -> Tensor:
            return x + (self.gamma[:, None, None] if channel_first else self.gamma) * branch

    return ScaledResidual()


def _check(params, signals):
    shapes = [signal.shape for signal in signals]
    if shapes[0] != shapes[1]:
        return [Problem(text("Scaled residual needs equal shapes but gets {first} and {second}.",
                             first=format_shape(shapes[0]), second=format_shape(shapes[1])))]
    return needs_float("Scaled residual", signals)


SCALED_RESIDUAL = Block(
    name="scaled_residual", title="Scaled residual", family="merge", inputs=("input", "branch"),
    summary="Adds a branch to its shortcut, multiplied by a small learned scale per channel (LayerScale).",
    params=(
        Number("init_value", "Initial scale", 0.1, low=-100, high=100,
               help="The initial value of every scale. Deep networks start near zero, so that a block changes little: "
                    "0.1, or 0.000001 for more than 24 blocks."),
    ),
    formula=r"y = x + \gamma \odot f(x)", source="Touvron et al. 2021, 2 (CaiT: LayerScale)", build=_build,
    check=_check, reach=token_by_token, sketch=lambda params, in_shapes: Symbol("+ γ·"),
)
