"""Basic recording: loss, metrics and every layer's gradient norm, at every step.

A number computed on a GPU stays there until the flush, so that the GPU never waits. On a CPU it becomes a
plain number at once: keeping thousands of small tensors costs more than reading them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from torch import Tensor, nn

from explorer.training.loop.device_rows import DeviceRows
from explorer.training.loop.gradient_norms import GradientNorms, Number, keep, to_numbers
from explorer.training.loop.layer_choice import nodes_of
from explorer.training.records.metrics import LOSS, StepRows

# Numbers of the whole network that are recorded at every step beside the loss and the metrics: by name, what computes a
# scalar from the model, after the backward pass and before the update. Each must fit into 3 % of a step.
STEP_NUMBERS: dict[str, Callable[[nn.Module], Tensor]] = {}


class LightInstruments:
    """A recorder of every step. `layers` are the addresses that have parameters of their own, in order.

    Each step is either recorded, from Python, or written, by kernels alone, and then counted: one that is repeated as a
    graph. metrics: the names of what was measured of each step's batch, once there was a step.
    """

    def __init__(self, model: nn.Module) -> None:
        self.metrics: tuple[str, ...] = ()
        self._model = model
        self._gradient_norms = GradientNorms(nodes_of(model))
        self.layers = self._gradient_norms.layers
        self._taken: list[StepRows] = []
        self._written: DeviceRows | None = None
        self._written_metrics: tuple[str, ...] = ()
        self._clear()

    def _clear(self) -> None:
        self._steps: list[int] = []
        self._sizes: list[int] = []
        self._losses: list[Number] = []
        self._measured: dict[str, list[Number]] = {}
        self._numbers: dict[str, list[Number]] = {name: [] for name in STEP_NUMBERS}
        self._norms: list[Number] = []

    def record(self, step: int, loss: Tensor, measures: Mapping[str, Tensor], batch: int) -> None:
        """Record one step, after its backward pass and before the update.

        measures: each metric's sum over the samples of the batch, by name.
        """
        if self._are_written:
            self.settle()
        self._count(step, batch)
        self._losses.append(keep(loss))
        for name in (*self._measured, *(name for name in measures if name not in self._measured)):
            self._measured.setdefault(name, [math.nan] * (len(self._steps) - 1)).append(
                keep(measures[name]) if name in measures else math.nan)
        for name, values in self._numbers.items():
            values.append(keep(STEP_NUMBERS[name](self._model)))
        self._norms += self._gradient_norms.take()

    def write(self, loss: Tensor, measures: Mapping[str, Tensor]) -> None:
        """Write one step's numbers to the device, where `record` would record them; then `count` it."""
        numbers = [STEP_NUMBERS[name](self._model) for name in self._numbers]
        values = [loss, *measures.values(), *numbers, *self._gradient_norms.on_device(loss.device)]
        if self._written is None:
            self._written, self._written_metrics = DeviceRows(len(values), loss.device), tuple(measures)
        self._written.write(values)

    def count(self, step: int, batch: int) -> None:
        """Count a step that was written."""
        if self._steps and not self._are_written:
            self.settle()
        self._count(step, batch)
        self._written.count += 1
        if self._written.is_full:
            self.settle()

    def _count(self, step: int, batch: int) -> None:
        self._steps.append(step)
        self._sizes.append(batch)

    @property
    def _are_written(self) -> bool:
        """Return whether the steps since the last flush lie on the device, not in the lists."""
        return self._written is not None and self._written.count > 0

    def settle(self) -> None:
        """Fetch the steps so far from the device, and wait for them: what follows can be timed by itself."""
        if self._steps:
            self._taken.append(self._take_written() if self._are_written else self._take_recorded())
            self._clear()

    def flush(self) -> StepRows:
        """Return the steps since the last flush, on the CPU."""
        self.settle()
        taken, self._taken = self._taken, []
        if not taken:
            return StepRows(np.zeros(0, int), np.zeros(0, int), {LOSS: np.zeros(0)}, np.zeros((0, len(self.layers))))
        self.metrics = tuple(dict.fromkeys(name for rows in taken for name in rows.scalars
                                           if name != LOSS and name not in STEP_NUMBERS))
        return taken[0] if len(taken) == 1 else _joined(taken)

    def _take_recorded(self) -> StepRows:
        size = np.array(self._sizes, dtype=int)
        measured = {name: to_numbers(totals) / size for name, totals in self._measured.items()}
        numbers = {name: to_numbers(values) for name, values in self._numbers.items()}
        return StepRows(np.array(self._steps), size, {LOSS: to_numbers(self._losses), **measured, **numbers},
                        self._gradient_norms.by_layer(self._norms, len(size)))

    def _take_written(self) -> StepRows:
        table, size = self._written.take(), np.array(self._sizes, dtype=int)
        names = (LOSS, *self._written_metrics, *self._numbers)
        scalars = dict(zip(names, table.T, strict=False))
        scalars |= {name: scalars[name] / size for name in self._written_metrics}
        return StepRows(np.array(self._steps), size, scalars,
                        self._gradient_norms.by_layer(table[:, len(names):].ravel(), len(size)))


def _joined(parts: list[StepRows]) -> StepRows:
    """Join rows one after the other; NaN where a part lacks a number."""
    names = dict.fromkeys(name for part in parts for name in part.scalars)
    return StepRows(np.concatenate([part.step for part in parts]), np.concatenate([part.size for part in parts]),
                    {name: np.concatenate([part.of(name) for part in parts]) for name in names},
                    np.concatenate([part.gradient_norm for part in parts]))
