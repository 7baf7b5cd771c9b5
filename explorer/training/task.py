"""What a network's output means: its loss, what counts as right, and how it is compared with guessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Task:
    """loss(outputs, targets) is the batch's mean, a scalar; correct(...) the number of right answers, or None.

    `loss_name` and `loss_unit` are what the axis says.
    """

    name: str
    loss_name: str
    loss_unit: str
    loss: Callable[[Tensor, Tensor], Tensor]
    correct: Callable[[Tensor, Tensor], Tensor] | None = None


def _count_correct(logits: Tensor, targets: Tensor) -> Tensor:
    """How many of a batch are right. logits: (batch, class), targets: (batch,)."""
    return (logits.argmax(1) == targets).sum()


TASKS: dict[str, Task] = {
    "classification": Task("classification", "Cross-entropy", "nats", F.cross_entropy, _count_correct),
    "regression": Task("regression", "Mean squared error", "", F.mse_loss),
}


@torch.no_grad()
def evaluate(model: torch.nn.Module, inputs: Tensor, targets: Tensor, task: Task,
             to_float: Callable[[Tensor], Tensor], batch_size: int = 1024) -> tuple[float | None, float | None]:
    """Mean loss and accuracy over samples, in the mode the model is in. None where there is nothing to measure."""
    if len(inputs) == 0:
        return None, None
    losses, correct = [], []
    for start in range(0, len(inputs), batch_size):
        x, y = to_float(inputs[start:start + batch_size]), targets[start:start + batch_size]
        outputs = model(x)
        losses.append(task.loss(outputs, y) * len(y))
        if task.correct:
            correct.append(task.correct(outputs, y))
    accuracy = torch.stack(correct).sum().item() / len(inputs) if correct else None
    return torch.stack(losses).sum().item() / len(inputs), accuracy
