"""The losses of `recipe.LOSSES` computed: each the mean over a batch, a scalar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor

LossFunction = Callable[[Tensor, Tensor, Mapping[str, Any]], Tensor]


def _cross_entropy(logits: Tensor, targets: Tensor, params: Mapping[str, Any]) -> Tensor:
    """Average over samples, and over tokens where each has a target. logits: (..., class), targets: (...)."""
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten(), label_smoothing=params["label_smoothing"])


def _perceptron(outputs: Tensor, targets: Tensor) -> Tensor:
    """Average max(0, -t o), where t is -1 or 1. outputs: (batch, 1), targets: (batch,) of 0 and 1."""
    return F.relu((1 - 2 * targets) * outputs[:, 0]).mean()


LOSS_FUNCTIONS: dict[str, LossFunction] = {
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": lambda o, y, params: F.binary_cross_entropy_with_logits(o[:, 0], y.to(o.dtype)),
    "perceptron": lambda o, y, params: _perceptron(o, y),
    "mse": lambda o, y, params: F.mse_loss(o, y),
    "l1": lambda o, y, params: F.l1_loss(o, y),
    "huber": lambda o, y, params: F.huber_loss(o, y, delta=params["delta"]),
}
