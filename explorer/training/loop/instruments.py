"""Basic recording: loss, metrics and every layer's gradient norm, at every step.

A number computed on a GPU stays there until the flush, so that the GPU never waits. On a CPU it becomes a
plain number at once: keeping thousands of small tensors costs more than reading them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from torch import Tensor, nn

from explorer.training.loop.gradient_norms import GradientNorms, Number, keep, to_numbers
from explorer.training.loop.layer_choice import nodes_of
from explorer.training.records.metrics import LOSS, StepRows

# Numbers of the whole network that are recorded at every step beside the loss and the metrics: by name, what computes a
# scalar from the model, after the backward pass and before the update. Each must fit into 3 % of a step.
STEP_NUMBERS: dict[str, Callable[[nn.Module], Tensor]] = {}


class LightInstruments:
    """A recorder of every step. `layers` are the addresses that have parameters of their own, in order.

    metrics: the names of what was measured of each step's batch, once there was a step.
    """

    def __init__(self, model: nn.Module) -> None:
        self.metrics: tuple[str, ...] = ()
        self._model = model
        self._gradient_norms = GradientNorms(nodes_of(model))
        self.layers = self._gradient_norms.layers
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
        self._steps.append(step)
        self._sizes.append(batch)
        self._losses.append(keep(loss))
        for name in (*self._measured, *(name for name in measures if name not in self._measured)):
            self._measured.setdefault(name, [math.nan] * (len(self._steps) - 1)).append(
                keep(measures[name]) if name in measures else math.nan)
        for name, values in self._numbers.items():
            values.append(keep(STEP_NUMBERS[name](self._model)))
        self._norms += self._gradient_norms.take()

    def flush(self) -> StepRows:
        """Return the steps recorded since the last flush, on the CPU."""
        count = len(self._steps)
        if count == 0:
            return StepRows(np.zeros(0, int), np.zeros(0, int), {LOSS: np.zeros(0)}, np.zeros((0, len(self.layers))))
        size = np.array(self._sizes, dtype=int)
        measured = {name: to_numbers(totals) / size for name, totals in self._measured.items()}
        numbers = {name: to_numbers(values) for name, values in self._numbers.items()}
        scalars = {LOSS: to_numbers(self._losses), **measured, **numbers}
        self.metrics = tuple(measured)
        per_layer = self._gradient_norms.by_layer(self._norms, count)
        rows = StepRows(np.array(self._steps), size, scalars, per_layer)
        self._clear()
        return rows
