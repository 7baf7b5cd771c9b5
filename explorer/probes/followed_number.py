"""The number that is followed while an input changes: a class's probability, or the number that is explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from explorer.probes.attribution_target import LOSS, explained_number
from explorer.probes.objective import NUMBERS, choices_of, kind_of, places_of, probabilities_of
from explorer.probes.subject import Subject
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

    >>> import torch
    >>> subject = Subject(torch.nn.Identity(), torch.tensor([[0.0, 0.0]]), class_names=("cat", "dog"))
    >>> followed = followed_number(subject, "1")
    >>> print(followed.what, followed.measure(torch.tensor([[0.0, 0.0]])).tolist())
    the probability of dog [0.5]
    """
    number = explained_number(subject, target)
    place, other = places_of(subject, subject.outputs, target) if target not in ("", LOSS) else \
        (int(number.targets[0]), None)
    is_class = kind_of(subject) != NUMBERS and target != LOSS and other is None and subject.outputs.dim() <= 3
    if not is_class:
        return FollowedNumber(number.what, lambda outputs: number.take(outputs)[:, number.targets[0]], False)
    name = choices_of(subject, subject.outputs)[place]
    return FollowedNumber(text("the probability of {name}", name=name),
                          lambda outputs: probabilities_of(subject, outputs)[:, place], True)
