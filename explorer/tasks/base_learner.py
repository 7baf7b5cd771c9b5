"""The Learner: what differs between tasks while a network is trained, measured and looked at. No torch at import."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from explorer.data import Dataset, Samples
from explorer.recipe import Recipe
from explorer.results import Answer

if TYPE_CHECKING:
    from torch import Tensor, nn

_MOST_VALUES = 2**24  # of outputs at a time
Predict = Callable[["Tensor"], "Tensor"]


class Learner(ABC):
    """A recipe's task at work. Outputs are the network's, (batch, ...) float32; targets as they are in the data.

    >>> import torch
    >>> from explorer import tasks, zoo
    >>> learner = tasks.learner(zoo.recipe("linear_regression"))
    >>> learner.loss(torch.tensor([[3.0]]), torch.tensor([[1.0]])).item()
    4.0
    """

    def __init__(self, recipe: Recipe) -> None:
        from explorer.tasks.loss_functions import LOSS_FUNCTIONS

        self.recipe = recipe
        self._loss = LOSS_FUNCTIONS[recipe.loss.name]

    def step(self, model: nn.Module, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Run one batch forward: (loss, outputs). A task that trains otherwise overrides this."""
        outputs = model(inputs)
        return self.loss(outputs.float(), targets), outputs

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Compute the mean loss of a batch, a scalar."""
        return self._loss(outputs, targets, self.recipe.loss.params)

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Sum each metric over the samples of a batch, by the metric's name."""
        return {}

    def mean_loss(self, samples: Samples, outputs_for: Callable[[Tensor], Tensor]) -> float:
        """Average the loss over all samples, some at a time, so that many classes need no large memory.

        outputs_for: from targets to the outputs that are assumed for them.
        """
        size = max(1, _MOST_VALUES // outputs_for(samples.targets[:1]).numel())
        losses = [(self.loss(outputs_for(targets), targets).item(), len(targets))
                  for targets in samples.targets.split(size)]
        return losses[0][0] if len(losses) == 1 else sum(loss * count for loss, count in losses) / len(samples)

    @abstractmethod
    def chance(self, samples: Samples) -> dict[str, float]:
        """Compute the loss and metrics of a network that ignores its inputs; what would be meaningless is left out."""

    @abstractmethod
    def answer(self, outputs: Tensor, names: Sequence[str] = ()) -> Answer:
        """Read outputs as an answer. names: of the classes, in order."""

    @abstractmethod
    def view(self, predict: Predict, train: Samples, held_out: Samples, dataset: Dataset) -> object:
        """Picture what the network has learned so far, as a result.

        predict: the network in evaluation mode, from inputs as it takes them to float32 outputs on the CPU.
        """
