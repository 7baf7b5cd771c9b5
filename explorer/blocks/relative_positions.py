"""Relative position bias of window attention: a learned number per offset between two pixels."""

from __future__ import annotations

import math

from explorer.blocks.block import Block, Signal, token_by_token
from explorer.blocks.token_checks import needs_rank
from explorer.blocks.windows import check_square, check_square_scores
from explorer.text import text

_TITLE = "Relative position bias"


def _build(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class RelativePositionBias(nn.Module):
        """Addition of `table` (offset, head) to scores (..., head, query, key), by the offset from query to key."""

        def __init__(self, size: int, heads: int) -> None:
            super().__init__()
            self.table = nn.Parameter(torch.empty((2 * size - 1) ** 2, heads))
            nn.init.trunc_normal_(self.table, std=0.02)
            tokens = torch.arange(size * size)
            rows, columns = tokens // size, tokens % size
            down = rows[:, None] - rows + size - 1  # (query, key), 0 to 2·size - 2
            right = columns[:, None] - columns + size - 1
            self.register_buffer("index", down * (2 * size - 1) + right, persistent=False)

        def forward(self, scores: Tensor) -> Tensor:
            return scores + self.table[self.index].permute(2, 0, 1)

    heads, tokens, _ = in_shapes[0][-3:]
    return RelativePositionBias(math.isqrt(tokens), heads)


def _check(params, signals):
    (signal,) = signals
    return (needs_rank(_TITLE, signal, (3, 4), text("scores (head × query × key)"))
            or check_square_scores(_TITLE, signal.shape) or check_square(_TITLE, signal.shape[-1]))


RELATIVE_POSITION_BIAS = Block(
    name="relative_position_bias", title=_TITLE, family="attention", inputs=("scores",),
    summary="Adds a learned number to each score for the offset from the query's pixel to the key's.",
    formula=r"S'_{ij} = S_{ij} + B_{(\Delta y,\, \Delta x)}", source="Liu et al. 2021 (Swin), 3.2, eq. 4",
    build=_build, check=_check, sees=lambda params, in_shape: None, reach=token_by_token,
    example=(Signal((4, 2, 9, 9)),),
)
