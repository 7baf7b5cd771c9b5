"""The light instruments: loss, right answers and every layer's gradient norm, at every step.

What a step yields on a GPU stays there until the flush, so that the GPU is never made to wait. On a CPU
it is a plain number at once: keeping thousands of small tensors costs more than reading them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from explorer.network.build import leaves
from explorer.training.records.metrics import StepRows


class LightInstruments:
    """Collects what each step yields. `layers` are the addresses that have parameters of their own, in order."""

    def __init__(self, model: nn.Module) -> None:
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
        self._correct: list[Tensor | float] = []
        self._norms: list[Tensor | float] = []

    def record(self, step: int, loss: Tensor, measures: Mapping[str, Tensor], batch: int) -> None:
        """Note one step, after its backward pass and before the update; measures: sums over the batch by name."""
        correct = measures.get("accuracy")
        self._steps.append(step)
        self._sizes.append(batch)
        keep = Tensor.item if loss.device.type == "cpu" else Tensor.detach
        self._losses.append(keep(loss))
        if correct is not None:
            self._correct.append(keep(correct))
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if len(gradients) == len(self._parameters):
            self._norms += [keep(norm) for norm in torch._foreach_norm(gradients)]
        else:  # a parameter no gradient reaches has norm 0
            zero = torch.zeros((), device=loss.device)
            self._norms += [keep(zero if p.grad is None else p.grad.norm()) for p in self._parameters]

    def flush(self) -> StepRows:
        """Everything recorded since the last flush, on the CPU."""
        count = len(self._steps)
        size, accuracy = np.array(self._sizes, dtype=int), np.full(count, np.nan)
        if count == 0:
            return StepRows(np.zeros(0, int), size, np.zeros(0), accuracy, np.zeros((0, len(self.layers))))
        loss = _on_cpu(self._losses)
        if self._correct:
            accuracy = _on_cpu(self._correct) / size
        norms = _on_cpu(self._norms).reshape(count, -1)  # (step, parameter)
        per_layer = np.sqrt(np.add.reduceat(norms**2, self._starts, axis=1))  # (step, layer)
        rows = StepRows(np.array(self._steps), size, loss, accuracy, per_layer)
        self._clear()
        return rows


def _on_cpu(values: list[Tensor | float]) -> np.ndarray:
    """Scalars as float64, with one copy from the device."""
    if isinstance(values[0], Tensor):
        return torch.stack(values).cpu().double().numpy()
    return np.array(values, dtype=float)
