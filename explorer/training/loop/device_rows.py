"""A table on the device that grows by a row a step, read from time to time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

ROWS = 2048  # some 100 ms of the fastest steps


class DeviceRows:
    """Rows of numbers on a device. Writing one takes the same few kernels every time, so that a graph can hold it.

    count: rows written since they were taken, as far as they were counted: a graph that is repeated runs no Python.
    """

    def __init__(self, columns: int, device: torch.device) -> None:
        self.count = 0
        self._rows = torch.zeros(ROWS, columns, device=device)
        self._places = torch.arange(ROWS, device=device)[:, None]
        self._place = torch.zeros((), dtype=torch.int64, device=device)

    @property
    def is_full(self) -> bool:
        return self.count == ROWS

    @torch.no_grad()
    def write(self, values: Sequence[Tensor]) -> None:
        """Write the next row: one scalar a column.

        Every row is rewritten: an index on the device would be sorted first where algorithms are deterministic.
        """
        row = torch.stack([value.detach().float() for value in values])
        torch.where(self._places == self._place, row, self._rows, out=self._rows)
        self._place.add_(1)

    def take(self) -> np.ndarray:
        """Return the counted rows, as float64, and begin again: (row, column)."""
        taken = self._rows[:self.count].cpu().double().numpy()
        self._place.zero_()
        self.count = 0
        return taken
