"""A task as a record: what a network's output means, and who trains, measures and reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.data import DataKind, Dataset
from explorer.document import Network, Problem, Shape
from explorer.recipe import TASK_KINDS, Recipe
from explorer.results import Answer
from explorer.text import Text, text

if TYPE_CHECKING:
    from explorer.tasks.base_learner import Learner

Expects = Callable[[Network, Dataset, Shape, Shape], Problem | None]


class WrongAnswer(ValueError):
    """An answer that is not what its task declares; `sentence` explains it."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class Metric:
    """A measure of how good the answers are, beside the loss.

    unit: of its axis. better: higher or lower. limits: of its values, where it has some. from_loss: how it follows from
    the mean loss, for a metric that is not measured on its own. holds: whether a recipe has it. meaning: a sentence
    with {value} for people who meet it for the first time. chance: the name of its chance level.
    """

    name: str
    title: str
    unit: str = ""
    better: str = "higher"
    limits: tuple[float, float] | None = None
    from_loss: Callable[[float], float] | None = None
    holds: Callable[[Recipe], bool] = lambda recipe: True
    meaning: str = ""
    chance: str = "chance level"


ACCURACY = Metric("accuracy", "Accuracy", "share of correct predictions", limits=(0.0, 1.0), chance="largest class")


@dataclass(frozen=True)
class TaskSpec:
    """A task. Its title, losses and roles are those of its name in `recipe.TASK_KINDS`.

    answers: the type of its answer. data: the kinds of data that it learns from; fits: whether one data set of these
    suits it. expects(network, data set, input shape, output shape): the problem of an output that does not fit, with a
    fix; shapes are one sample's. learner: makes its Learner, and imports torch. chance_label(recipe, number of
    classes): the name of the chance level.

    >>> from explorer import tasks
    >>> tasks.TASKS.get("regression").losses
    ('mse', 'l1', 'huber')
    """

    name: str
    answers: type[Answer]
    data: tuple[DataKind, ...]
    expects: Expects
    learner: Callable[[Recipe], Learner]
    metrics: tuple[Metric, ...] = ()
    fits: Callable[[Dataset], bool] = lambda dataset: True
    chance_label: Callable[[Recipe, int], Text] = lambda recipe, classes: text("chance level")

    @property
    def title(self) -> str:
        return TASK_KINDS.get(self.name).title

    @property
    def losses(self) -> tuple[str, ...]:
        return TASK_KINDS.get(self.name).losses

    @property
    def roles(self) -> tuple[str, ...]:
        return TASK_KINDS.get(self.name).roles

    def metrics_of(self, recipe: Recipe) -> tuple[Metric, ...]:
        """List the metrics that a run of this recipe has."""
        return tuple(metric for metric in self.metrics if metric.holds(recipe))
