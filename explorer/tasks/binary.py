"""Binary classification: one of two classes, by a single number that is positive for the second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.data import LABELS, Samples
from explorer.results import Probabilities
from explorer.tasks.classification import ClassLearner, chance_label
from explorer.tasks.output_shape import expect_one_number
from explorer.tasks.task import ACCURACY, TaskSpec

if TYPE_CHECKING:
    from torch import Tensor


class BinaryLearner(ClassLearner):
    """Outputs (batch, 1), targets (batch,) of 0 and 1."""

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return {ACCURACY.name: ((outputs[:, 0] > 0) == targets.bool()).sum()}

    def _output_count(self, samples: Samples) -> int:
        return 1

    def class_logits(self, outputs: Tensor) -> Tensor:
        """Add the first class's logit, 0, to the second's: (batch, 2)."""
        import torch

        return torch.cat([torch.zeros_like(outputs), outputs], 1)


BINARY = TaskSpec("binary", Probabilities, (LABELS,), expect_one_number("binary"), BinaryLearner, (ACCURACY,),
                  fits=lambda dataset: dataset.classes == 2, chance_label=chance_label)
