"""The tasks by name: what a network's output can mean, and the losses that fit each meaning.

Their behavior is in `explorer.tasks`; a recipe only needs to know which loss goes with which.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.kinds import Chosen, Kind
from explorer.recipe.losses import LOSSES
from explorer.registry import Registry
from explorer.spec import defaults
from explorer.text import Text, text


@dataclass(frozen=True)
class TaskKind(Kind):
    """A task: the names of the losses that fit it, its default first, and the networks that it trains, by role."""

    losses: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("network",)


TASK_KINDS = Registry("task", (
    TaskKind("classification", "Classification", "One of K classes: the network gives a logit for each class.",
             losses=("cross_entropy", "mse", "l1")),
    TaskKind("binary", "Binary classification", "One of two classes: a single number, positive for the second.",
             losses=("binary_cross_entropy", "perceptron")),
    TaskKind("regression", "Regression", "A number.", losses=("mse", "l1", "huber")),
    TaskKind("next_token", "Next token", "The next character of a text: at each character, a logit for each candidate.",
             losses=("cross_entropy",)),
))


def losses_of(task: str) -> tuple[str, ...]:
    """List the names of the losses that fit a task, its default first. Raises UnknownName.

    >>> losses_of("regression")
    ('mse', 'l1', 'huber')
    """
    return TASK_KINDS.get(task).losses


def default_loss(task: str) -> Chosen:
    """Choose the loss of a recipe that names none. Raises UnknownName.

    >>> default_loss("binary").name
    'binary_cross_entropy'
    """
    kind = LOSSES.get(losses_of(task)[0])
    return Chosen(kind.name, defaults(kind.params))


def loss_problem(loss: str, task: str) -> Text | None:
    """Explain why a loss does not fit a task, with those that do; None where it fits. Raises UnknownName.

    >>> print(loss_problem("huber", "next_token"))
    Huber is not a loss for Next token. Choose Cross-entropy.
    """
    fitting = losses_of(task)
    if loss in fitting:
        return None
    return text("{loss} is not a loss for {task}. Choose {fitting}.", loss=LOSSES.get(loss).title,
                task=TASK_KINDS.get(task).title, fitting=_listed([LOSSES.get(name).title for name in fitting]))


def _listed(titles: list[str]) -> Text | str:
    *first, last = titles
    return text("{first} or {last}", first=", ".join(first), last=last) if first else last
