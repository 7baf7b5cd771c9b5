"""The number that is followed while an input changes: a class's probability, or the number that is explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer import tasks
from explorer.probes.attribution_target import LOSS, explained_number
from explorer.probes.objective import CHARACTERS, NUMBERS, choices_of, kind_of, numbers_of
from explorer.probes.subject import Subject
from explorer.results import Answer, Probabilities
from explorer.text import Text, text


@dataclass(frozen=True)
class FollowedNumber:
    """A number of the first sample. what: a phrase for a sentence. measure: from outputs, (row, ...), to (row,).

    is_probability: whether it is one; then it is from 0 to 1.
    """

    what: Text
    measure: Callable[[Tensor], Tensor]
    is_probability: bool


def followed_number(subject: Subject, target: str) -> FollowedNumber:
    """Choose what is followed where `target` is explained: of a class its probability.

    Raises BadValue for a class that is not there.

    >>> subject = Subject(torch.nn.Identity(), torch.tensor([[0.0, 0.0]]), class_names=("cat", "dog"))
    >>> followed = followed_number(subject, "1")
    >>> print(followed.what, followed.measure(torch.tensor([[0.0, 0.0]])).tolist())
    the probability of dog [0.5]
    """
    number = explained_number(subject, target)
    if kind_of(subject) == NUMBERS or target == LOSS or "-" in target or subject.outputs.dim() not in (2, 3):
        return FollowedNumber(number.what, lambda outputs: number.take(outputs)[:, number.targets[0]], False)
    place = int(target) if target else int(number.targets[0])
    name = choices_of(subject, subject.outputs)[place]

    def probability(outputs: Tensor) -> Tensor:
        if kind_of(subject) == CHARACTERS:
            return numbers_of(subject, outputs).softmax(1)[:, place]
        return torch.as_tensor(_answer(subject, outputs).values)[:, place]
    return FollowedNumber(text("the probability of {name}", name=name), probability, True)


def _answer(subject: Subject, outputs: Tensor) -> Answer:
    if subject.recipe is None:
        return Probabilities.from_outputs(outputs.detach().cpu().numpy(), subject.class_names)
    return tasks.answer(subject.recipe, outputs, subject.class_names)
