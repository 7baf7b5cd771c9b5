"""Windows: partition of a map into squares for attention, and merging them back, with an optional shift.

A map of R × K windows of M × M pixels is windows (window, token, feature), row by row: R·K windows of M² tokens.
"""

from __future__ import annotations

import math
from collections import Counter

from explorer.blocks.block import UNKNOWN, Block, Signal
from explorer.blocks.checks import needs_map, pair, set_param
from explorer.blocks.patches import check_tiles, cut_sketch
from explorer.blocks.sketch import Matrix, bands
from explorer.blocks.token_checks import nearest_divisor, needs_rank
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Number, Sizes
from explorer.text import text

WINDOW_SIZE = Number("window_size", "Window size", 4, low=1, high=1024, integer=True, unit="pixels",
                     help="The side of a window. The cost of attention within it grows with the fourth power.")
SHIFT = Sizes("shift", "Shift", 0, low=0, high=1024, unit="pixels",
              help="How far the map is rolled up and left, so that windows cross the previous borders.")
ROWS = Number("rows", "Rows of windows", None, low=1, high=100_000, integer=True, optional=True,
              help="The number of rows of windows. If empty, as many as columns.")


def rows_of(params, windows: int) -> int:
    """Return the number of rows of windows."""
    return params["rows"] or math.isqrt(windows)


def effective_shift(size: int, shape: tuple[int, ...]) -> tuple[int, int]:
    """Return half a window (down, right), or 0 along a side that a single window covers."""
    return tuple(size // 2 if size < side else 0 for side in shape[1:])


def _build_partition(params, in_shapes):
    from torch import Tensor, nn

    class WindowPartition(nn.Module):
        """A map (channel, height, width), rolled by `shift`, to windows (window, token, channel)."""

        def __init__(self, size: int, shift: tuple[int, int]) -> None:
            super().__init__()
            self.size, self.shift = size, shift

        def forward(self, x: Tensor) -> Tensor:
            x = x.roll((-self.shift[0], -self.shift[1]), (2, 3))
            x = x.unflatten(3, (-1, self.size)).unflatten(2, (-1, self.size))  # (batch, C, row, i, column, j)
            return x.permute(0, 2, 4, 3, 5, 1).flatten(3, 4).flatten(1, 2)

    return WindowPartition(params["window_size"], pair(params["shift"]))


def _build_merge(params, in_shapes):
    from torch import Tensor, nn

    class WindowMerge(nn.Module):
        """Windows (window, token, channel) to a map (channel, height, width), rolled back by `shift`."""

        def __init__(self, rows: int, size: int, shift: tuple[int, int]) -> None:
            super().__init__()
            self.rows, self.size, self.shift = rows, size, shift

        def forward(self, x: Tensor) -> Tensor:
            x = x.unflatten(2, (self.size, self.size)).unflatten(1, (self.rows, -1))  # (batch, row, column, i, j, C)
            x = x.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)
            return x.roll(self.shift, (2, 3))

    windows, tokens, _ = in_shapes[0]
    return WindowMerge(rows_of(params, windows), math.isqrt(tokens), pair(params["shift"]))


def _build_mask(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class WindowMask(nn.Module):
        """Scores (window, head, query, key) with minus infinity where `mask` (window, 1, query, key) is False."""

        def __init__(self, rows: int, columns: int, size: int, shift: tuple[int, int]) -> None:
            super().__init__()
            tokens = torch.arange(size * size)
            sides = []
            for count, place, moved in ((rows, tokens // size, shift[0]), (columns, tokens % size, shift[1])):
                wrapped = place >= size - moved  # only in the last window along this side, if anywhere
                apart = wrapped[:, None] != wrapped  # (query, key)
                is_last = torch.arange(count) == count - 1
                sides.append(apart & is_last[:, None, None])  # (row or column, query, key)
            apart = (sides[0][:, None] | sides[1]).flatten(0, 1)
            self.register_buffer("mask", ~apart[:, None], persistent=False)

        def forward(self, scores: Tensor) -> Tensor:
            return scores.masked_fill(~self.mask, float("-inf"))

    windows, _, tokens, _ = in_shapes[0]
    rows = rows_of(params, windows)
    return WindowMask(rows, windows // rows, math.isqrt(tokens), pair(params["shift"]))


def _check_partition(params, signals):
    (signal,) = signals
    return needs_map("Window partition", signal) or check_tiles(
        "Window partition", signal.shape, params["window_size"], "window_size", "window size") or check_shift(
        params, params["window_size"])


def check_shift(params, size: int) -> list[Problem]:
    """Return a problem if a shift is as large as a window."""
    if all(shift < size for shift in pair(params["shift"])):
        return []
    return [Problem(text("A shift of {shift} must be smaller than the window of {size}×{size}.",
                         shift=format_shape(pair(params["shift"])), size=size), set_param("shift", size // 2, "shift"))]


def check_square(title: str, tokens: int) -> list[Problem]:
    """Return a problem if this many tokens do not form a square window."""
    if math.isqrt(tokens) ** 2 == tokens:
        return []
    return [Problem(text("{block} needs square windows, but {tokens} tokens do not form a square.", block=title,
                         tokens=tokens))]


def check_rows(params, windows: int) -> list[Problem]:
    """Return a problem if the windows do not fill their rows."""
    rows = rows_of(params, windows)
    if windows % rows == 0 and (params["rows"] or rows * rows == windows):
        return []
    return [Problem(text("{windows} windows cannot be arranged in {rows} equal rows.", windows=windows, rows=rows),
                    set_param("rows", nearest_divisor(windows, rows), "rows of windows"))]


def _check_merge(params, signals):
    (signal,) = signals
    return needs_rank("Window merge", signal, (3,), text("windows (window × token × feature)")) or _check_windows(
        "Window merge", params, signal.shape[0], signal.shape[1])


def _check_windows(title, params, windows, tokens):
    return (check_square(title, tokens) or check_rows(params, windows)
            or check_shift(params, math.isqrt(tokens)))


def _check_mask(params, signals):
    (signal,) = signals
    problems = needs_rank("Window mask", signal, (4,), text("scores of windows (window × head × query × key)"))
    return problems or check_square_scores("Window mask", signal.shape) or _check_windows(
        "Window mask", params, signal.shape[0], signal.shape[2])


def check_square_scores(title: str, shape: tuple[int, ...]) -> list[Problem]:
    """Return a problem if there are not as many keys as queries."""
    if shape[-1] == shape[-2]:
        return []
    return [Problem(text("{block} needs as many keys as queries, but gets {queries} queries and {keys} keys.",
                         block=title, queries=shape[-2], keys=shape[-1]))]


def _mask_sketch(params, in_shapes):
    """Draw the mask of the last window, in the corner, where most is masked."""
    windows, _, tokens, _ = in_shapes[0]
    size, shift = math.isqrt(tokens), pair(params["shift"])
    side = [(token // size >= size - shift[0], token % size >= size - shift[1]) for token in range(tokens)]
    counted = [Counter(side[token] for token in band) for band in bands(tokens)]

    def seen(queries, keys):
        return sum(count * keys[one] for one, count in queries.items()) / (queries.total() * keys.total())

    cells = tuple(tuple(seen(queries, keys) for keys in counted) for queries in counted)
    return Matrix(cells, "query", "key", windows, "windows")


WINDOW_PARTITION = Block(
    name="window_partition", title="Window partition", family="attention",
    summary="Splits the map into square windows, each its own sequence.", params=(WINDOW_SIZE, SHIFT),
    formula=r"(C, H, W) \to \left(\tfrac{H}{M} \cdot \tfrac{W}{M},\; M^2,\; C\right)",
    source="Liu et al. 2021 (Swin), 3.2", build=_build_partition, check=_check_partition,
    sees=lambda params, in_shape: UNKNOWN,
    sketch=lambda params, in_shapes: cut_sketch(in_shapes[0], params["window_size"], pair(params["shift"])),
)
WINDOW_MERGE = Block(
    name="window_merge", title="Window merge", family="attention", summary="Merges the windows into a map again.",
    params=(ROWS, SHIFT),
    formula=r"\left(\tfrac{H}{M} \cdot \tfrac{W}{M},\; M^2,\; C\right) \to (C, H, W)",
    source="Liu et al. 2021 (Swin), 3.2", build=_build_merge, check=_check_merge,
    sees=lambda params, in_shape: UNKNOWN, example=(Signal((4, 9, 5)),),
)
WINDOW_MASK = Block(
    name="window_mask", title="Window mask", family="attention", inputs=("scores",),
    summary="In shifted windows, masks attention between tokens from opposite borders of the map.",
    params=(ROWS, SHIFT),
    formula=r"S'_{ij} = S_{ij} \text{ if } i, j \text{ are from one side of the border, else } -\infty",
    source="Liu et al. 2021 (Swin), 3.2", build=_build_mask, check=_check_mask,
    sees=lambda params, in_shape: UNKNOWN, sketch=_mask_sketch, example=(Signal((4, 2, 9, 9)),),
)
