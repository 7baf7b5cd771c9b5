"""Evaluation of a network: its mean loss and metrics over many samples."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.tasks import Learner

_BATCH = 1024


@torch.no_grad()
def evaluate(model: torch.nn.Module, inputs: Tensor, targets: Tensor, learner: Learner,
             to_float: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """Compute the mean loss and metrics over samples, by name, in the model's current mode; empty without samples."""
    sums: dict[str, list[Tensor]] = {}
    for start in range(0, len(inputs), _BATCH):
        x, y = to_float(inputs[start:start + _BATCH]), targets[start:start + _BATCH]
        outputs = model(x).float()
        measured = {"loss": learner.loss(outputs, y) * len(y), **learner.measure(outputs, y)}
        for name, value in measured.items():
            sums.setdefault(name, []).append(value)
    return {name: torch.stack(values).sum().item() / len(inputs) for name, values in sums.items()}
