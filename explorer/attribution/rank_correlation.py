"""Rank correlation: how far two attributions put the same values in the same order."""

from __future__ import annotations

import torch
from torch import Tensor


def spearman(one: Tensor, other: Tensor) -> Tensor:
    """Correlate the ranks of two attributions of each sample, sign and all: (sample, ...) twice to float64 (sample,).

    Equal values share their mean rank. NaN for a sample where either is the same everywhere, or is not finite.
    Magnitudes would be misleading: a black pixel has none in input × gradient, whatever the weights are.
    Source: Spearman 1904; Adebayo et al. 2018, section 3.

    >>> print(spearman(torch.tensor([[1.0, 2.0, 5.0]]), torch.tensor([[0.1, 0.4, 0.2]])))
    tensor([0.5000], dtype=torch.float64)
    """
    return torch.nn.functional.cosine_similarity(centered_ranks(one), centered_ranks(other), dim=1, eps=0.0)


def centered_ranks(values: Tensor) -> Tensor:
    """Rank each sample's values, less the mean rank: (sample, ...) to float64 (sample, value); NaN where one is NaN.

    >>> centered_ranks(torch.tensor([[3.0, 1.0, 3.0]])).tolist()
    [[0.5, -1.0, 0.5]]
    """
    flat = values.flatten(1).double().contiguous()
    ordered = flat.sort(1).values
    below = torch.searchsorted(ordered, flat, right=False)
    up_to = torch.searchsorted(ordered, flat, right=True)
    ranks = (below + up_to).double() / 2 - flat.shape[1] / 2
    return ranks.where(flat.isfinite().all(1, keepdim=True), torch.nan)


def overlap_of_largest(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Compute the share that the largest values of two attributions have in common: (sample, ...) twice to (sample,).

    share: of all values, how many count as the largest, at least one of them.

    >>> overlap_of_largest(torch.tensor([[1.0, 2.0, 5.0, 4.0]]), torch.tensor([[0.0, 4.0, 2.0, 1.0]]), 0.5).tolist()
    [0.5]
    """
    count = max(1, round(share * one.flatten(1).shape[1]))
    chosen, again = (torch.zeros_like(each.flatten(1)).scatter(1, each.flatten(1).topk(count).indices, 1.0)
                     for each in (one, other))
    return (chosen * again).sum(1) / count
