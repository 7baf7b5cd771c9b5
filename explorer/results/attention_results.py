"""Attention: which token looks at which, in every head of a layer, and where those tokens lie in the input."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explorer.text import Text


def _none(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@dataclass(frozen=True)
class AttentionBlock:
    """A layer that attends. node: whose output the weights are. title: of the block around it.

    shape: (window, head, query, key). thumbnails: float32 (head, row, column), the largest weight in each part of the
    matrices, of all windows; of no size where they were not asked for.
    """

    node: str
    title: str
    shape: tuple[int, ...]
    thumbnails: np.ndarray = field(default_factory=lambda: _none(0, 0, 0))


@dataclass(frozen=True)
class AttentionPart:
    """The weights that are here: of these windows and heads, exact, from `start` (query, key) on, each `every`-th.

    weights, hidden: float32 and uint8 (window, head, query, key) and (window, query, key); hidden is 1 where a mask
    hides the pair, and of no size where there is no mask.
    """

    windows: tuple[int, ...]
    heads: tuple[int, ...]
    weights: np.ndarray
    start: tuple[int, int] = (0, 0)
    every: tuple[int, int] = (1, 1)
    hidden: np.ndarray = field(default_factory=lambda: _none(0, 0, 0).astype(np.uint8))


@dataclass(frozen=True)
class AttentionPair:
    """Rows that a score and a weight are made of, in the chosen window; of the chosen pair alone where they are many.

    queries: (head, query, feature), keys, values: (head, key, feature). scores: (head, query, key), as computed; added:
    what is added to them before the softmax, as a position's bias, of no size where nothing is. scale: the
    product's factor; 0 where the score is no product. All arrays are float32; of the pair alone, they have one query,
    one key, or, of scores, one head, query and key.
    """

    queries: np.ndarray = field(default_factory=lambda: _none(0, 0, 0))
    keys: np.ndarray = field(default_factory=lambda: _none(0, 0, 0))
    values: np.ndarray = field(default_factory=lambda: _none(0, 0, 0))
    scores: np.ndarray = field(default_factory=lambda: _none(0, 0, 0))
    added: np.ndarray = field(default_factory=lambda: _none(0, 0, 0))
    scale: float = 0.0


@dataclass(frozen=True)
class AttentionView:
    """The attention of one layer for one input.

    node: whose output the weights are, "" for none. kind: softmax, linear (no weights are computed there; these are
    implied) or torch. scores: the node of the scores, "" for none. blocks: all layers that attend, in order.
    unit: (window, head, query, key) of the chosen pair; axes: the names of the node's own axes, in whose order its
    units are named. shape: (window, head, query, key). part: the weights that are here. row: (head, key), exact, from
    the chosen query; column: (head, query) to the chosen key; sums: (head, query) of the chosen window's rows.
    place: pixels, tokens or numbers. query_boxes, key_boxes: int32 (window, token, 4), top, left, bottom, right in the
    input, the last two excluded, -1 for a token that stands for none of it; of no size where nothing is known of them.
    picture: float32 (channel, height, width) of an input of pixels. names: of a text's tokens. typed: how many of them
    a person typed, None for all. pair: what the scores are made of. note: what a person should know of it.
    """

    node: str
    kind: str
    scores: str
    blocks: tuple[AttentionBlock, ...]
    unit: tuple[int, int, int, int]
    axes: tuple[str, ...]
    shape: tuple[int, int, int, int]
    part: AttentionPart
    row: np.ndarray
    column: np.ndarray
    sums: np.ndarray
    place: str = "numbers"
    query_boxes: np.ndarray = field(default_factory=lambda: _none(0, 0, 4).astype(np.int32))
    key_boxes: np.ndarray = field(default_factory=lambda: _none(0, 0, 4).astype(np.int32))
    picture: np.ndarray = field(default_factory=lambda: _none(0, 0, 0))
    names: tuple[str, ...] = ()
    typed: int | None = None
    pair: AttentionPair = field(default_factory=AttentionPair)
    note: Text | None = None
