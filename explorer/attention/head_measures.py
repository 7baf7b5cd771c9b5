"""Measures of single heads: how far they look, and how evenly."""

from __future__ import annotations

import torch
from torch import Tensor


def entropy(weights: Tensor) -> Tensor:
    """Compute the mean entropy of the rows of each head, in nats: (head,). weights: (sample, window, head, query, key).

    Rows that are not finite, as those that a mask hides altogether, are left out; NaN where none is left.

    >>> entropy(torch.full((1, 1, 1, 2, 4), 0.25)).exp().round().tolist()
    [4.0]
    """
    return _mean_of_queries(-torch.special.xlogy(weights, weights).sum(-1))


def largest_entropy(hidden: Tensor | None, keys: int) -> float:
    """Compute the mean over queries of ln n, n the keys that each may see. hidden: (window, query, key), True if not.

    >>> round(largest_entropy(torch.tensor([[[False, True], [False, False]]]), 2), 4)
    0.3466
    """
    if hidden is None:
        return float(torch.tensor(float(keys)).log())
    seen = (~hidden).sum(-1)
    return float(seen[seen > 0].double().log().mean())


def attention_distance(weights: Tensor, distances: Tensor) -> Tensor:
    """Compute how far away the keys are that each head looks at, by weight: (head,), the mean over queries.

    weights: (sample, window, head, query, key). distances: (window, query, key), NaN where either has no place, as a
    class token; what is looked at there does not count. Source: Dosovitskiy et al. 2021, appendix D.7.

    >>> attention_distance(torch.eye(2)[None, None, None], torch.tensor([[[0.0, 4.0], [4.0, 0.0]]])).tolist()
    [0.0]
    """
    placed = ~distances.isnan()
    counted = torch.where(placed[None, :, None], weights, 0.0)
    far = (counted * distances.nan_to_num()[None, :, None]).sum(-1)  # (sample, window, head, query)
    total = counted.sum(-1)
    return _mean_of_queries(torch.where(total > 0, far / total.clamp(min=1e-12), torch.nan))


def _mean_of_queries(values: Tensor) -> Tensor:
    """Average (sample, window, head, query) over all but the heads; what is not finite is left out."""
    values = torch.where(values.isfinite(), values, torch.nan)
    return values.double().nanmean((0, 1, 3))


def distances_between(queries: Tensor, keys: Tensor) -> Tensor:
    """Measure the distance from each query to each key: (window, query, key). Places: (window, token, axis), or NaN.

    >>> distances_between(torch.tensor([[[0.0, 0.0]]]), torch.tensor([[[3.0, 4.0]]])).tolist()
    [[[5.0]]]
    """
    apart = queries[:, :, None] - keys[:, None]
    return apart.square().sum(-1).sqrt()
