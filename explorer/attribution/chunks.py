"""The memory and the time that a pass may take: steps and samples go through a network in chunks that fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.attribution.explained import Explained
from explorer.hooks import tensors_in

BUDGET_BYTES = 256_000_000  # of what a pass forth keeps for the pass back; as much again is in flight
_WORK = 4e9  # multiply-adds of a pass forth: about half a second with the pass back, after which one can cancel
_MOST_ROWS = 512  # beyond that nothing is gained
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass
class RowCost:
    """The cost of a pass of one row. kept_bytes: kept for the pass back, weights aside. multiply_adds: of its layers.

    >>> RowCost(kept_bytes=1000, multiply_adds=4e9).rows
    1
    """

    kept_bytes: int = 0
    multiply_adds: float = 0.0

    @property
    def rows(self) -> int:
        """The number of rows that a pass may take."""
        fitting = min(BUDGET_BYTES // max(self.kept_bytes, 1), int(_WORK // max(self.multiply_adds, 1)), _MOST_ROWS)
        return max(1, fitting)


def rows_that_fit(explained: Explained, values: Tensor) -> int:
    """Return how many rows of a batch a pass forth and back may take at once. values: (sample, ...).

    Measured once, by a pass of one row.

    >>> rows_that_fit(Explained(nn.Linear(1000, 2), lambda outputs: outputs), torch.zeros(1, 1000))
    512
    """
    if explained.rows is None:
        explained.rows = measure_row(explained, values[:1]).rows
    return explained.rows


def measure_row(explained: Explained, row: Tensor) -> RowCost:
    """Measure the cost of a pass of these rows. row: (1, ...).

    >>> model = nn.Sequential(nn.Tanh(), nn.Linear(10, 2), nn.Tanh())
    >>> measure_row(Explained(model, lambda outputs: outputs), torch.zeros(1, 10))
    RowCost(kept_bytes=88, multiply_adds=20.0)
    """
    weights = {each.untyped_storage().data_ptr() for each in (*explained.parameters(), *explained.buffers())}
    kept, cost = {}, RowCost()

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), \
            _work_counted(explained.model, cost):
        explained(row.detach().requires_grad_())
    cost.kept_bytes = sum(kept.values()) + row.nbytes
    return cost


@contextmanager
def _work_counted(model: nn.Module, cost: RowCost) -> Iterator[None]:
    """Count multiply-adds of layers with weights: each weight once for every place of the output."""
    def count(module: nn.Module, _inputs: Any, output: Any) -> None:
        if (first := next(tensors_in(output), None)) is not None and first.dim():
            places = first.numel() / max(first.shape[1 if isinstance(module, _CONVOLUTIONS) else -1], 1)
            cost.multiply_adds += places * sum(each.numel() for each in module.parameters() if each.dim() > 1)

    handles = [module.register_forward_hook(count) for module in model.modules()
               if not any(module.children()) and not isinstance(module, nn.Embedding)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def chunks(total: int, size: int) -> Iterator[slice]:
    """Yield slices of at most this size that cover so many rows.

    >>> [each.stop for each in chunks(5, 2)]
    [2, 4, 5]
    """
    for start in range(0, total, size):
        yield slice(start, min(start + size, total))
