"""The number that is explained: the predicted class's logit, another's, the difference of two, or the loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.probes.chosen_output import OutputParam
from explorer.probes.objective import LOSS_OF, numbers_of, objective_of
from explorer.probes.subject import Subject
from explorer.text import Text, text

LOSS = "loss"  # in a class's place
TARGET = OutputParam("target", "Explained", help="A class by its index, the difference of two (4-9), or the loss; the "
                     "predicted class where it is empty.", predicted="the predicted class", has_loss=True)


@dataclass(frozen=True)
class ExplainedNumber:
    """A number of each sample that is explained.

    what: a phrase for a sentence. take: from outputs to (sample, number). targets: (sample,), the places of those that
    are explained.
    """

    what: Text
    take: Callable[[Tensor], Tensor]
    targets: Tensor


def explained_number(subject: Subject, target: str) -> ExplainedNumber:
    """Choose the number of each of the batch's samples. Raises BadValue for a class that is not there."""
    outputs = subject.outputs
    first = torch.zeros(len(outputs), dtype=torch.int64)
    if target == "":
        numbers = numbers_of(subject, outputs)
        places = numbers.nan_to_num().argmax(1)
        what = objective_of(subject, outputs[:1], None, str(int(places[0]))).what if len(outputs) == 1 \
            else text("the logit of the predicted class")
        return ExplainedNumber(what, lambda given: numbers_of(subject, given), places)
    of = LOSS_OF if target == LOSS else target
    known = objective_of(subject, outputs, subject.target, of)

    def take(given: Tensor) -> Tensor:
        expected = None if subject.target is None else subject.target[:1].expand(len(given), *subject.target.shape[1:])
        return objective_of(subject, given, expected, of).values[:, None]
    return ExplainedNumber(known.what, take, first)
