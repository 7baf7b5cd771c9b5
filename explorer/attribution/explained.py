"""A model made ready to be attributed."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


class Explained(nn.Module):
    """A model from values that vary to the numbers that can be explained: (sample, ...) to (sample, number).

    numbers: takes them from the model's output.

    >>> import torch
    >>> Explained(nn.Linear(3, 2), lambda outputs: outputs)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, model: nn.Module, numbers: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.model, self.numbers = model, numbers

    def forward(self, values: Tensor) -> Tensor:
        return self.numbers(self.model(values))

    def picked(self, values: Tensor, targets: Tensor) -> Tensor:
        """Compute the number of each sample that is explained: (sample,)."""
        return self(values).gather(1, targets[:, None])[:, 0]
