"""The memory that a pass may take: steps and samples go through a network in chunks that fit."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.attribution.explained import Explained

BUDGET_BYTES = 256_000_000  # of what a pass forth keeps for the pass back; as much again is in flight
_MOST_ROWS = 512  # beyond that nothing is gained, and a person waits longer to cancel


def rows_that_fit(explained: Explained, values: Tensor) -> int:
    """Return how many rows of a batch a pass forth and back may take at once. values: (sample, ...).

    Measured once, by a pass of one row, from what is kept of it for the pass back.

    >>> from torch import nn
    >>> rows_that_fit(Explained(nn.Linear(1000, 2), lambda outputs: outputs), torch.zeros(1, 1000))
    512
    """
    if explained.rows is None:
        explained.rows = max(1, min(_MOST_ROWS, BUDGET_BYTES // max(kept_bytes(explained, values[:1]), 1)))
    return explained.rows


def kept_bytes(explained: Explained, row: Tensor) -> int:
    """Measure the bytes that a pass of one row keeps for the pass back, weights aside, and its own.

    >>> from torch import nn
    >>> kept_bytes(Explained(nn.Sequential(nn.Tanh(), nn.Tanh()), lambda outputs: outputs), torch.zeros(1, 10))
    120
    """
    weights = {each.untyped_storage().data_ptr() for each in (*explained.parameters(), *explained.buffers())}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        explained(row.detach().requires_grad_())
    return sum(kept.values()) + row.nbytes


def chunks(total: int, size: int) -> Iterator[slice]:
    """Yield slices of at most this size that cover so many rows.

    >>> [each.stop for each in chunks(5, 2)]
    [2, 4, 5]
    """
    for start in range(0, total, size):
        yield slice(start, min(start + size, total))
