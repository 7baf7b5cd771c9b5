"""The light instruments: loss, right answers and every layer's gradient norm, at every step.

What a step yields stays on the device; it is copied and turned into rows once a flush, so that a GPU
is never made to wait and a step costs a few microseconds.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from explorer.training.metrics import StepRows


class LightInstruments:
    """Collects what each step yields. `layers` are the addresses that have parameters, in the network's order."""

    def __init__(self, model: nn.Module) -> None:
        self._parameters: list[nn.Parameter] = []
        self._starts: list[int] = []
        self.layers: list[str] = []
        for address, child in model.named_children():
            parameters = [p for p in child.parameters() if p.requires_grad]
            if parameters:
                self.layers.append(address)
                self._starts.append(len(self._parameters))
                self._parameters += parameters
        self._clear()

    def _clear(self) -> None:
        self._steps: list[int] = []
        self._sizes: list[int] = []
        self._losses: list[Tensor] = []
        self._correct: list[Tensor] = []
        self._norms: list[Tensor] = []

    def record(self, step: int, loss: Tensor, correct: Tensor | None, batch: int) -> None:
        """Note one step, after its backward pass and before the update."""
        self._steps.append(step)
        self._sizes.append(batch)
        self._losses.append(loss.detach())
        if correct is not None:
            self._correct.append(correct)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if len(gradients) == len(self._parameters):
            self._norms += torch._foreach_norm(gradients)
        else:  # a parameter no gradient reaches has norm 0
            zero = torch.zeros((), device=loss.device)
            self._norms += [zero if p.grad is None else p.grad.norm() for p in self._parameters]

    def flush(self) -> StepRows:
        """Everything recorded since the last flush, on the CPU."""
        count = len(self._steps)
        size, accuracy = np.array(self._sizes, dtype=int), np.full(count, np.nan)
        if count == 0:
            return StepRows(np.zeros(0, int), size, np.zeros(0), accuracy, np.zeros((0, len(self.layers))))
        loss = torch.stack(self._losses).double().cpu().numpy()
        if self._correct:
            accuracy = torch.stack(self._correct).double().cpu().numpy() / size
        norms = torch.stack(self._norms).double().cpu().numpy().reshape(count, -1)  # (step, parameter)
        per_layer = np.sqrt(np.add.reduceat(norms**2, self._starts, axis=1))  # (step, layer)
        rows = StepRows(np.array(self._steps), size, loss, accuracy, per_layer)
        self._clear()
        return rows
