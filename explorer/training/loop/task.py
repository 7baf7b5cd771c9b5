"""What a network's output means: its loss, what counts as right, and how it is compared with guessing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.data import Samples
from explorer.recipe import LOSSES, Recipe

LossFunction = Callable[[Tensor, Tensor, Mapping[str, Any]], Tensor]


@dataclass(frozen=True)
class Task:
    """loss(outputs, targets) is the batch's mean, a scalar; correct(...) the number of right samples, or None.

    Where a sample has an answer at each of its tokens, the share of right ones counts. `loss_name` and `loss_unit` are
    what the axis says.
    """

    name: str
    loss_name: str
    loss_unit: str
    loss: Callable[[Tensor, Tensor], Tensor]
    correct: Callable[[Tensor, Tensor], Tensor] | None = None


def _count_correct(logits: Tensor, targets: Tensor) -> Tensor:
    """How many of a batch are right. logits: (batch, class), targets: (batch,)."""
    return (logits.argmax(1) == targets).sum()


def _count_correct_side(outputs: Tensor, targets: Tensor) -> Tensor:
    """The same for one number a sample, positive for the second class. outputs: (batch, 1), targets: (batch,)."""
    return ((outputs[:, 0] > 0) == targets.bool()).sum()


def _count_correct_tokens(logits: Tensor, targets: Tensor) -> Tensor:
    """A sum of shares over a batch of texts. logits: (batch, token, class), targets: (batch, token)."""
    return (logits.argmax(-1) == targets).float().mean(1).sum()


CORRECT: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "classification": _count_correct, "binary": _count_correct_side,
    "next_token": _count_correct_tokens}


def _cross_entropy(logits: Tensor, targets: Tensor, params: Mapping[str, Any]) -> Tensor:
    """The mean over samples, and over tokens where each has an answer. logits: (..., class), targets: (...)."""
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten(), label_smoothing=params["label_smoothing"])


def _perceptron(outputs: Tensor, targets: Tensor) -> Tensor:
    """The mean of max(0, -t o), where t is -1 or 1. outputs: (batch, 1), targets: (batch,) of 0 and 1."""
    return F.relu((1 - 2 * targets) * outputs[:, 0]).mean()


_LOSSES: dict[str, LossFunction] = {
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": lambda o, y, params: F.binary_cross_entropy_with_logits(o[:, 0], y.to(o.dtype)),
    "perceptron": lambda o, y, params: _perceptron(o, y),
    "mse": lambda o, y, params: F.mse_loss(o, y),
    "l1": lambda o, y, params: F.l1_loss(o, y),
    "huber": lambda o, y, params: F.huber_loss(o, y, delta=params["delta"]),
}


def task_of(recipe: Recipe) -> Task:
    """The recipe's task with the loss it chose."""
    kind, params, compute = LOSSES.get(recipe.loss.name), recipe.loss.params, _LOSSES[recipe.loss.name]
    return Task(recipe.task, kind.title, kind.unit, lambda outputs, targets: compute(outputs, targets, params),
                CORRECT.get(recipe.task))


def guess_loss(task: Task, samples: Samples) -> float | None:
    """The loss of ignoring the inputs: of equal odds on every class, ln K, or of always saying the targets' mean.

    None where such a loss says nothing: the perceptron's is 0 for a network that says nothing at all.
    """
    if task.name == "regression":
        outputs = samples.targets.mean(0).expand_as(samples.targets)
    else:
        outputs = torch.zeros(*samples.targets.shape, 1 if task.name == "binary" else len(samples.class_names))
    return task.loss(outputs, samples.targets).item() or None


def class_probabilities(outputs: Tensor, task: str) -> Tensor:
    """(..., class) from what the network gives: (..., class) logits, or (batch, 1) of the second of two classes."""
    return class_logits(outputs, task).softmax(-1)


def class_logits(outputs: Tensor, task: str) -> Tensor:
    """(..., class) from the same; where the network gives the second of two classes alone, the first has 0."""
    return torch.cat([torch.zeros_like(outputs), outputs], 1) if task == "binary" else outputs


@torch.no_grad()
def evaluate(model: torch.nn.Module, inputs: Tensor, targets: Tensor, task: Task,
             to_float: Callable[[Tensor], Tensor], batch_size: int = 1024) -> tuple[float | None, float | None]:
    """Mean loss and accuracy over samples, in the mode the model is in. None where there is nothing to measure."""
    if len(inputs) == 0:
        return None, None
    losses, correct = [], []
    for start in range(0, len(inputs), batch_size):
        x, y = to_float(inputs[start:start + batch_size]), targets[start:start + batch_size]
        outputs = model(x).float()
        losses.append(task.loss(outputs, y) * len(y))
        if task.correct:
            correct.append(task.correct(outputs, y))
    accuracy = torch.stack(correct).sum().item() / len(inputs) if correct else None
    return torch.stack(losses).sum().item() / len(inputs), accuracy
