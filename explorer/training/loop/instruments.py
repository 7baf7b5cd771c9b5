"""Basic recording: loss, metrics and every layer's gradient norm, at every step.

A number computed on a GPU stays there until the flush, so that the GPU never waits. On a CPU it becomes a
plain number at once: keeping thousands of small tensors costs more than reading them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from explorer.network.build import leaves
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
        self._parameters: list[nn.Parameter] = []
        self._starts: list[int] = []
        self.layers: list[str] = []
        for address, child in leaves(model):
            parameters = [p for p in child.parameters() if p.requires_grad]
            if parameters:
                self.layers.append(address)
                self._starts.append(len(self._parameters))
                self._parameters += parameters
        self._clear()

    def _clear(self) -> None:
        self._steps: list[int] = []
        self._sizes: list[int] = []
        self._losses: list[Tensor | float] = []
        self._measured: dict[str, list[Tensor | float]] = {}
        self._numbers: dict[str, list[Tensor | float]] = {name: [] for name in STEP_NUMBERS}
        self._norms: list[Tensor | float] = []

    def record(self, step: int, loss: Tensor, measures: Mapping[str, Tensor], batch: int) -> None:
        """Record one step, after its backward pass and before the update.

        measures: each metric's sum over the samples of the batch, by name.
        """
        self._steps.append(step)
        self._sizes.append(batch)
        keep = Tensor.item if loss.device.type == "cpu" else Tensor.detach
        self._losses.append(keep(loss))
        for name in (*self._measured, *(name for name in measures if name not in self._measured)):
            self._measured.setdefault(name, [self._missing(loss, keep)] * (len(self._steps) - 1)).append(
                keep(measures[name]) if name in measures else self._missing(loss, keep))
        for name, values in self._numbers.items():
            values.append(keep(STEP_NUMBERS[name](self._model)))
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if len(gradients) == len(self._parameters):
            self._norms += [keep(norm) for norm in torch._foreach_norm(gradients)]
        else:  # a parameter no gradient reaches has norm 0
            zero = torch.zeros((), device=loss.device)
            self._norms += [keep(zero if p.grad is None else p.grad.norm()) for p in self._parameters]

    @staticmethod
    def _missing(loss: Tensor, keep: Callable[[Tensor], Tensor | float]) -> Tensor | float:
        """Make the value of a metric that a step lacks."""
        return keep(loss.new_full((), math.nan))

    def flush(self) -> StepRows:
        """Return the steps recorded since the last flush, on the CPU."""
        count = len(self._steps)
        if count == 0:
            return StepRows(np.zeros(0, int), np.zeros(0, int), {LOSS: np.zeros(0)}, np.zeros((0, len(self.layers))))
        size = np.array(self._sizes, dtype=int)
        measured = {name: _on_cpu(totals) / size for name, totals in self._measured.items()}
        numbers = {name: _on_cpu(values) for name, values in self._numbers.items()}
        scalars = {LOSS: _on_cpu(self._losses), **measured, **numbers}
        self.metrics = tuple(measured)
        norms = _on_cpu(self._norms).reshape(count, -1)  # (step, parameter)
        per_layer = np.sqrt(np.add.reduceat(norms**2, self._starts, axis=1))  # (step, layer)
        rows = StepRows(np.array(self._steps), size, scalars, per_layer)
        self._clear()
        return rows


def _on_cpu(values: list[Tensor | float]) -> np.ndarray:
    """Copy scalars from the device, all at once, as float64."""
    if isinstance(values[0], Tensor):
        return torch.stack(values).cpu().double().numpy()
    return np.array(values, dtype=float)
