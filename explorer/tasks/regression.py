"""Regression: a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.data import NUMBERS, Dataset, Samples
from explorer.results import FittedLine, Value
from explorer.tasks import views
from explorer.tasks.base_learner import Learner, Predict
from explorer.tasks.output_shape import expect_one_number
from explorer.tasks.task import TaskSpec
from explorer.text import text

if TYPE_CHECKING:
    from torch import Tensor


class RegressionLearner(Learner):
    """Outputs and targets (batch, 1)."""

    def chance(self, samples: Samples) -> dict[str, float]:
        """Score the mean of the targets as the only answer."""
        return {"loss": self.loss(samples.targets.mean(0).expand_as(samples.targets), samples.targets).item()}

    def answer(self, outputs: Tensor, names: Sequence[str] = ()) -> Value:
        return Value(outputs.numpy())

    def view(self, predict: Predict, train: Samples, held_out: Samples, dataset: Dataset) -> FittedLine:
        return views.fitted_line(lambda inputs: predict(inputs).numpy(), held_out, dataset)


REGRESSION = TaskSpec("regression", Value, (NUMBERS,), expect_one_number("regression"), RegressionLearner,
                      chance_label=lambda recipe, classes: text("chance level (the mean)"))
