"""Attention flow: how much of each token reaches what a network reads out, through the attention of all its layers.

Rows are followed from the last layer to the first, so that no product of whole matrices is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


class DifferentTokens(ValueError):
    """Two layers whose tokens do not stand for the same parts of the input.

    >>> carry(np.ones(2), FlowLayer(np.ones((1, 2, 2))), FlowLayer(np.ones((1, 3, 3))))
    Traceback (most recent call last):
    explorer.attention.rollout.DifferentTokens
    """


@dataclass(frozen=True)
class FlowLayer:
    """One layer's attention without its heads. weights: (window, query, key), its tokens numbered window by window.

    cells: int (row, column), the token that covers each pixel, -1 for none; None where tokens are no part of an image.

    >>> FlowLayer(np.ones((4, 9, 9))).tokens
    36
    """

    weights: np.ndarray
    cells: np.ndarray | None = None

    @property
    def tokens(self) -> int:
        return self.weights.shape[0] * self.weights.shape[1]


def average_heads(weights: np.ndarray) -> np.ndarray:
    """Average over the heads: (window, head, query, key) to (window, query, key).

    >>> average_heads(np.eye(2)[None, None] * np.array([1.0, 3.0])[None, :, None, None]).tolist()
    [[[2.0, 0.0], [0.0, 2.0]]]
    """
    return weights.mean(1)


def weigh_by_gradient(weights: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Average over the heads what is positive of weight · gradient: (window, head, query, key) to (window, query, key).

    Source: Chefer et al. 2021, Generic attention-model explainability, eq. 5.

    >>> weigh_by_gradient(np.ones((1, 2, 1, 1)), np.array([4.0, -2.0]).reshape(1, 2, 1, 1)).tolist()
    [[[2.0]]]
    """
    return (weights * gradients).clip(min=0).mean(1)


def roll_out(row: np.ndarray, layers: Sequence[FlowLayer]) -> np.ndarray:
    """Follow a row of the last layer's tokens to the first layer's: attention rollout, (token,).

    Half of each token comes from attention, half past it: A = 0.5 W + 0.5 I, its rows normalized, multiplied through
    the layers. Raises DifferentTokens. Source: Abnar & Zuidema 2020, Quantifying Attention Flow in Transformers, 3.

    >>> roll_out(np.array([1.0, 0.0]), [FlowLayer(np.full((1, 2, 2), 0.5))]).tolist()
    [0.75, 0.25]
    """
    def step(row: np.ndarray, weights: np.ndarray) -> np.ndarray:
        row = row / (0.5 * weights.sum(-1) + 0.5)
        return 0.5 * _mixed(row, weights) + 0.5 * row
    return _follow(row, layers, step)


def accumulate(row: np.ndarray, layers: Sequence[FlowLayer]) -> np.ndarray:
    """Follow a row of the last layer's tokens to the first layer's by relevance: R + W R from layer to layer, (token,).

    Raises DifferentTokens. Source: Chefer et al. 2021, Generic attention-model explainability, eq. 6.

    >>> accumulate(np.array([1.0, 0.0]), [FlowLayer(np.full((1, 2, 2), 0.5))]).tolist()
    [1.5, 0.5]
    """
    return _follow(row, layers, lambda row, weights: row + _mixed(row, weights))


def hand_down(row: np.ndarray, layers: Sequence[FlowLayer]) -> np.ndarray:
    """Follow a row past all attention, along the shortcuts alone: (token,). Raises DifferentTokens.

    >>> hand_down(np.array([1.0, 0.0]), [FlowLayer(np.full((1, 2, 2), 0.5))]).tolist()
    [1.0, 0.0]
    """
    return _follow(row, layers, lambda row, weights: row)


def _follow(row: np.ndarray, layers: Sequence[FlowLayer],
            step: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    behind: FlowLayer | None = None
    for layer in reversed(layers):
        row = row if behind is None else carry(row, behind, layer)
        row = step(row.reshape(layer.weights.shape[:2]), layer.weights).reshape(-1)
        behind = layer
    return row


def _mixed(row: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Multiply a row, (window, query), by the matrices of all windows: (window, key)."""
    return (row[:, None] @ weights)[:, 0]


def carry(row: np.ndarray, later: FlowLayer, earlier: FlowLayer) -> np.ndarray:
    """Hand a row of one layer's tokens to those of the layer before, by the pixels that they cover: (token,).

    Windows are undone exactly; a token that was merged from several gives an equal share to each. Tokens without a
    place, such as that of the class, are handed on in order. Raises DifferentTokens.

    >>> fine = FlowLayer(np.ones((1, 4, 4)), np.array([[0, 1], [2, 3]]))
    >>> carry(np.array([1.0]), FlowLayer(np.ones((1, 1, 1)), np.zeros((2, 2), int)), fine).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    if later.cells is None or earlier.cells is None:
        if later.tokens != earlier.tokens:
            raise DifferentTokens
        return row
    placeless = [np.setdiff1d(np.arange(layer.tokens), layer.cells) for layer in (later, earlier)]
    if later.cells.shape != earlier.cells.shape or len(placeless[0]) != len(placeless[1]):
        raise DifferentTokens
    shares = row / np.bincount(later.cells[later.cells >= 0], minlength=later.tokens).clip(min=1)
    seen = (later.cells >= 0) & (earlier.cells >= 0)
    carried = np.bincount(earlier.cells[seen], shares[later.cells[seen]], earlier.tokens)
    carried[placeless[1]] = row[placeless[0]]
    return carried
