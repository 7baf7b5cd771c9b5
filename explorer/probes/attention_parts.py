"""Parts of attention's weights that are small enough to travel: all heads, or one, thinned or cut out."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.attention import TORCH, Attention
from explorer.formatting import format_shape
from explorer.probes.chosen_unit import NoUnit, format_unit
from explorer.results import AttentionPart
from explorer.text import text

Unit = tuple[int, int, int, int]  # window, head, query, key

MOST_NUMBERS = 300_000  # of weights in one answer
_SIDE, _THUMBNAIL = 256, 48  # tokens along a side of a large matrix, and of a small picture of one


def axes_of(attention: Attention, windows: int, heads: int) -> tuple[str, ...]:
    """Name the axes of the weights' node, those of size 1 that it lacks left out.

    >>> axes_of(Attention("w", "", heads=4, has_heads=True), 1, 4)
    ('head', 'query', 'key')
    """
    has_windows = attention.is_windowed or windows > 1
    has_heads = attention.kind == TORCH or attention.has_heads or heads > 1
    return (*["window"] * has_windows, *["head"] * has_heads, "query", "key")


def choose_pair(
    attention: Attention, weights: Tensor, axes: tuple[str, ...], unit: tuple[int, ...] | None, typed: int | None,
) -> Unit:
    """Complete an index into the weights of a node with these axes: (window, head, query, key).

    Without one: the first head, the first query or the last token that was typed, and the key with most weight.
    Raises NoUnit.

    >>> choose_pair(Attention("w", ""), torch.eye(3).reshape(1, 1, 3, 3), ("query", "key"), (2,), None)
    (0, 0, 2, 2)
    """
    sizes = dict(zip(("window", "head", "query", "key"), weights.shape, strict=True))
    given = dict(zip(axes, unit or (), strict=False))
    if len(unit or ()) > len(axes) or any(not 0 <= at < sizes[name] for name, at in given.items()):
        nearest = tuple(min(max(at, 0), sizes[name] - 1) for name, at in given.items())
        raise NoUnit(text("{node} has no unit {unit}: its output is {shape}. The nearest one is {nearest}.",
                          node=attention.node, unit=format_unit(unit or ()),
                          shape=format_shape(tuple(sizes[name] for name in axes)), nearest=format_unit(nearest)))
    first = 0 if typed is None else max(0, min(typed, sizes["query"]) - 1)
    window, head, query = given.get("window", 0), given.get("head", 0), given.get("query", first)
    row = weights[window, head, query].nan_to_num()
    return window, head, query, given.get("key", int(row.argmax()))


def thinned_part(weights: Tensor, hidden: Tensor | None, unit: Unit) -> AttentionPart:
    """Take all weights where they are few; else those of the chosen window; else one head, thinned where it is large.

    weights: (window, head, query, key); hidden: (window, query, key).

    >>> part = thinned_part(torch.zeros(1, 4, 4096, 4096), None, (0, 2, 0, 0))
    >>> part.weights.shape, part.heads, part.every
    ((1, 1, 256, 256), (2,), (16, 16))
    """
    windows, heads = range(weights.shape[0]), range(weights.shape[1])
    if weights.numel() > MOST_NUMBERS:
        windows = range(unit[0], unit[0] + 1)
    if weights[0].numel() > MOST_NUMBERS:
        heads = range(unit[1], unit[1] + 1)
    down, across = (math.ceil(size / _SIDE) if weights[0, 0].numel() > MOST_NUMBERS else 1
                    for size in weights.shape[2:])
    return _part(weights, hidden, windows, heads, (0, 0), (down, across), weights.shape[2:])


def exact_part(weights: Tensor, hidden: Tensor | None, unit: Unit, region: tuple[int, ...]) -> AttentionPart:
    """Cut a part out of one head, at most 256 tokens along a side; one that begins outside begins as late as it can.

    >>> part = exact_part(torch.zeros(1, 4, 4096, 4096), None, (0, 2, 0, 0), (4000, 512))
    >>> part.weights.shape, part.start, part.every
    ((1, 1, 256, 256), (3840, 512), (1, 1))
    """
    sizes = [min(size, _SIDE) for size in weights.shape[2:]]
    given = (*region, 0, 0)[:2]
    start = tuple(min(at, size - part) for at, size, part in zip(given, weights.shape[2:], sizes, strict=True))
    return _part(weights, hidden, range(unit[0], unit[0] + 1), range(unit[1], unit[1] + 1), start, (1, 1),
                 [at + size for at, size in zip(start, sizes, strict=True)])


def _part(weights: Tensor, hidden: Tensor | None, windows: range, heads: range, start: tuple[int, ...],
          every: tuple[int, int], stop) -> AttentionPart:
    rows, columns = (slice(first, last, step) for first, last, step in zip(start, stop, every, strict=True))
    taken = weights[windows.start:windows.stop, heads.start:heads.stop, rows, columns]
    masked = np.zeros((0, 0, 0), np.uint8)
    if hidden is not None:
        shown = hidden.expand(weights.shape[0], -1, -1)[windows.start:windows.stop, rows, columns]
        masked = shown.to(torch.uint8).contiguous().numpy()
    return AttentionPart(tuple(windows), tuple(heads), taken.contiguous().numpy(), tuple(start), every, masked)


def thumbnails_of(weights: Tensor) -> Tensor:
    """Shrink each head's matrix to the largest weight in each part, of all windows: (head, row, column).

    >>> thumbnails_of(torch.eye(96).expand(2, 3, 96, 96)).shape
    torch.Size([3, 48, 48])
    """
    sizes = [min(size, _THUMBNAIL) for size in weights.shape[2:]]
    return F.adaptive_max_pool2d(weights.nan_to_num().amax(0), sizes)
