"""The number that is explained: the predicted class's logit, another's, the difference of two, or the loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.probes.chosen_output import OutputParam
from explorer.probes.fixed_loss import fixed_losses
from explorer.probes.objective import CHARACTERS, CLASSES, LOSS, kind_of, numbers_of, objective_of, places_of
from explorer.probes.subject import NotApplicable, Subject
from explorer.text import Text, text

TARGET = OutputParam("target", "Explained", help="A class by its index or its name, the difference of two (4-9), or "
                     "the loss; the predicted class where it is empty.", predicted="the predicted class", has_loss=True,
                     has_names=True)
_NOT_FINITE = text("The network's output is not a finite number for this input, so it cannot be attributed. Choose an "
                   "earlier step or another input.")


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
    """Choose the number of each of the batch's samples; it stays the same one wherever the input is moved to.

    Raises BadValue for a class that is not there, NotApplicable for an output that is not finite.
    """
    outputs = subject.outputs
    if not outputs.isfinite().all():
        raise NotApplicable(_NOT_FINITE)
    if target == LOSS and (found := fixed_losses(subject, outputs)) is not None:
        return ExplainedNumber(*found)
    if target in ("", LOSS):
        return _predicted(subject, outputs)
    plus, minus = places_of(subject, outputs, target)
    what, none = objective_of(subject, outputs[:1], None, target).what, torch.zeros(len(outputs), dtype=torch.int64)
    if minus is None:
        return ExplainedNumber(what, lambda given: numbers_of(subject, given), none + plus)

    def difference(given: Tensor) -> Tensor:
        numbers = numbers_of(subject, given)
        return (numbers[:, plus] - numbers[:, minus])[:, None]
    return ExplainedNumber(what, difference, none)


def _predicted(subject: Subject, outputs: Tensor) -> ExplainedNumber:
    numbers = numbers_of(subject, outputs)
    places = numbers.argmax(1)
    if len(places.unique()) == 1:
        what = objective_of(subject, outputs[:1], None, str(int(places[0]))).what
    else:
        what = _OF_EACH.get(kind_of(subject), text("the largest of the predicted numbers"))
    return ExplainedNumber(what, lambda given: numbers_of(subject, given), places)


_OF_EACH = {CLASSES: text("the logit of the predicted class"),
            CHARACTERS: text("the logit of the predicted next character")}
