"""Tasks: what a network learns to do, one file each, in menu order. No torch until a Learner is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from explorer.data import Dataset
from explorer.kinds import Chosen
from explorer.recipe import LOSSES, Recipe
from explorer.registry import Registry
from explorer.results import Answer
from explorer.tasks.base_learner import Learner
from explorer.tasks.binary import BINARY
from explorer.tasks.classification import CLASSIFICATION
from explorer.tasks.next_token import NEXT_TOKEN
from explorer.tasks.regression import REGRESSION
from explorer.tasks.task import Metric, TaskSpec, WrongAnswer
from explorer.text import Text, text

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TASKS", "Learner", "Metric", "TaskSpec", "WrongAnswer", "answer", "fitting", "learner",
           "loss_change", "of", "with_data"]

TASKS: Registry[TaskSpec] = Registry("task", (CLASSIFICATION, BINARY, REGRESSION, NEXT_TOKEN))


def of(recipe: Recipe) -> TaskSpec:
    """Return the task of a recipe.

    >>> from explorer import zoo
    >>> [metric.title for metric in of(zoo.recipe("lenet")).metrics]
    ['Accuracy']
    """
    return TASKS.get(recipe.task)


def learner(recipe: Recipe) -> Learner:
    """Make the Learner of a recipe's task; imports torch.

    >>> import torch
    >>> from explorer import zoo
    >>> learner(zoo.recipe("lenet")).loss(torch.zeros(2, 10), torch.tensor([3, 7])).item()  # ln 10
    2.3025851249694824
    """
    return of(recipe).learner(recipe)


def answer(recipe: Recipe, outputs: Tensor, names: Sequence[str] = ()) -> Answer:
    """Read a network's outputs as the answer of its task.

    outputs: (sample, ...), on any device and in any precision; names: of the classes, in order.

    Raises WrongAnswer where the task's Learner gives something else than the task declares.

    >>> import torch
    >>> from explorer import zoo
    >>> answer(zoo.recipe("lenet"), torch.zeros(1, 2), ("cat", "dog")).values.tolist()
    [[0.5, 0.5]]
    """
    outputs = outputs.detach().cpu()
    outputs = outputs if outputs.element_size() >= 4 else outputs.float()  # NumPy has no bfloat16
    task, found = of(recipe), learner(recipe).answer(outputs, names)
    if not isinstance(found, task.answers):
        raise WrongAnswer(text("{task} gives an answer of type {type}, which it does not declare.", task=task.title,
                               type=type(found).__name__))
    if len(found.values) != len(outputs):
        raise WrongAnswer(text("{task} gives {answers} answers for {samples} samples.", task=task.title,
                               answers=len(found.values), samples=len(outputs)))
    if outputs.isfinite().all() and not np.isfinite(found.values).all():
        raise WrongAnswer(text("{task} gives an answer that is not finite, although the network's outputs are.",
                               task=task.title))
    return found


def fitting(dataset: Dataset) -> list[TaskSpec]:
    """List the tasks that a data set can be used for; the first is the usual one.

    >>> from explorer import data
    >>> [task.name for task in fitting(data.get("moons"))]
    ['classification', 'binary']
    """
    return [task for task in TASKS if dataset.kind in task.data and task.fits(dataset)]


def with_data(recipe: Recipe, chosen: Chosen, dataset: Dataset) -> Recipe:
    """Move a recipe to other data: its task stays where these allow it, else their usual one comes with its loss.

    >>> from explorer import data, zoo
    >>> with_data(zoo.recipe("mlp"), Chosen("sine"), data.get("sine")).loss.name
    'mse'
    """
    possible = fitting(dataset)
    return recipe.with_(data=chosen, task=recipe.task if of(recipe) in possible else possible[0].name)


def loss_change(before: Recipe, after: Recipe) -> Text | None:
    """Describe the change of loss that another task brought along; None where the loss is the same.

    >>> from explorer import zoo
    >>> print(loss_change(zoo.recipe("lenet"), zoo.recipe("lenet").with_(task="regression")))
    Cross-entropy does not fit Regression, so the loss is now Mean squared error.
    """
    if after.loss.name == before.loss.name or after.task == before.task:
        return None
    return text("{before} does not fit {task}, so the loss is now {after}.", before=LOSSES.get(before.loss.name).title,
                task=of(after).title, after=LOSSES.get(after.loss.name).title)
