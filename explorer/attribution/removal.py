"""Deletion and insertion: an input loses, or gets back, what an attribution ranks highest, while its number is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

PASS_ROWS = 512  # inputs of one pass, at most


@dataclass(frozen=True)
class Removal:
    """The number of an input against the share of its places that are gone, or are there, for several attributions.

    shares: (step,), from 0 to 1. deletion, insertion: (attribution, step). deletion starts at the number of the input
    and ends at that of the baseline, insertion the other way round.
    """

    shares: Tensor
    deletion: Tensor
    insertion: Tensor

    @property
    def deletion_area(self) -> Tensor:
        """The area under each deletion curve, low for a good attribution: (attribution,)."""
        return torch.trapezoid(self.deletion, self.shares)

    @property
    def insertion_area(self) -> Tensor:
        """The area under each insertion curve, high for a good attribution: (attribution,)."""
        return torch.trapezoid(self.insertion, self.shares)


def remove_by_rank(measure: Callable[[Tensor], Tensor], sample: Tensor, baseline: Tensor, attributions: Tensor,
                   steps: int, seed: int = 0, rows: int = PASS_ROWS) -> Removal:
    """Follow a number while places go from the highest attribution down, and while they come into the baseline so.

    measure: from inputs, (row, ...), to numbers, (row,). sample, baseline: an input without the batch axis.
    attributions: (attribution, place, ...); axes of size 1 go over all of the input's, so that a pixel's channels go
    together. Equal attributions are in an order drawn from `seed`. rows: inputs that `measure` takes at once.
    Source: Petsiuk et al. 2018, section 4.1.

    >>> found = remove_by_rank(lambda rows: rows.sum(1), torch.tensor([1.0, 3.0]), torch.zeros(2),
    ...                        torch.tensor([[1.0, 3.0]]), steps=2)
    >>> found.deletion.tolist(), found.insertion.tolist()
    ([[4.0, 1.0, 0.0]], [[0.0, 3.0, 4.0]])
    """
    places = attributions[0].numel()
    gone = torch.linspace(0, places, min(steps, places) + 1, dtype=torch.float64).round().long()
    order = _places_in_order(attributions, seed)  # (attribution, place): 0 for the highest
    cases = [(row, int(count)) for row in range(len(order)) for count in gone]
    numbers, at_once = [], max(1, rows // 2)  # each case is an input with places removed, and one with them put back
    for first in range(0, len(cases), at_once):
        chosen, counts = (torch.tensor(each) for each in zip(*cases[first:first + at_once], strict=True))
        is_high = (order[chosen] < counts[:, None]).view(-1, *attributions.shape[1:])  # (row, place, ...)
        numbers.append(measure(torch.cat([torch.where(is_high, baseline, sample),
                                          torch.where(is_high, sample, baseline)])).view(2, -1))
    deletion, insertion = torch.cat(numbers, 1).view(2, len(order), -1)
    return Removal(gone / places, deletion, insertion)


def _places_in_order(attributions: Tensor, seed: int) -> Tensor:
    """Number the places of each attribution from the highest down: (attribution, place)."""
    flat = attributions.flatten(1)
    mixed = torch.randperm(flat.shape[1], generator=torch.Generator().manual_seed(seed))
    ranked = mixed[flat[:, mixed].argsort(dim=1, descending=True, stable=True)]
    return ranked.argsort(dim=1)


def random_attributions(like: Tensor, count: int, seed: int = 0) -> Tensor:
    """Draw attributions at random, the floor for every measure: (count, *like.shape), normal, from a seed.

    >>> random_attributions(torch.zeros(1, 2), 3).shape
    torch.Size([3, 1, 2])
    """
    return torch.randn(count, *like.shape, generator=torch.Generator().manual_seed(seed))
