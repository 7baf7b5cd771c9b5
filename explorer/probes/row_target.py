"""Targets of many samples at once: a class of each one's own, the same one for all, a difference, the loss."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.probes.attribution_target import LOSS
from explorer.probes.sample_answers import SampleAnswers, class_titles
from explorer.probes.subject import NotApplicable, Subject
from explorer.spec import BadValue
from explorer.text import Text, text

PREDICTED, TRUE = "predicted", "true"
_SIDE = rf"({PREDICTED}|{TRUE}|\d{{1,8}})"
_FORM = re.compile(rf"{_SIDE}(?:-{_SIDE})?", re.ASCII)


@dataclass(frozen=True)
class RowTargetParam:
    """A number to explain of each of many samples.

    "" for the predicted class, "true" for the right one, a class by its index, "loss"; the difference of two with a
    minus between them: "4-9", "predicted-true".

    >>> RowTargetParam("target", "Explained").parse("predicted-true")
    'predicted-true'
    """

    name: str
    title: str
    default: str = ""
    help: str = ""

    def parse(self, value: Any) -> str:
        """Check the form; whether there are such classes is seen at the output. Raises BadValue."""
        spelled = "" if value is None else str(value) if type(value) is int else value
        if isinstance(spelled, str) and (spelled in ("", LOSS) or _FORM.fullmatch(spelled)):
            if is_nothing(spelled):
                raise BadValue(text("{title}: both sides are the same class, so their difference is 0. Choose another "
                                    "one for one of them.", title=self.title))
            return "" if spelled == PREDICTED else spelled
        raise BadValue(text("{title} must be the index of a class, the difference of two such as 4-9, the predicted or "
                            "the true class, or the loss, not {value}.", title=self.title, value=repr(value)[:40]))


def is_nothing(target: str) -> bool:
    """Check whether a target is a class less itself.

    >>> is_nothing("7-7"), is_nothing("7-1"), is_nothing("7")
    (True, False, False)
    """
    first, _minus, second = target.partition("-")
    return bool(second) and first == second


def targets_of(target: str, answers: SampleAnswers) -> tuple[str, ...]:
    """Choose each sample's target, as an attribution probe takes it. Raises NotApplicable without right answers.

    >>> two = SampleAnswers(np.array([3.0, 7.0]), np.array([5.0, 7.0]), np.ones(2), np.array([0, 1]))
    >>> targets_of("predicted-true", two)
    ('3-5', '7-7')
    """
    if target in ("", LOSS):
        return (target,) * len(answers.predicted)
    return tuple("-".join(_class_of(side, predicted, expected) for side in target.split("-"))
                 for predicted, expected in zip(answers.predicted, answers.expected, strict=True))


def _class_of(side: str, predicted: float, expected: float) -> str:
    if side not in (PREDICTED, TRUE):
        return side
    value = predicted if side == PREDICTED else expected
    if np.isnan(value):
        raise NotApplicable(text("The right answers to these samples are not known. Explain the predicted class."))
    return str(int(value))


def phrase_of(subject: Subject, target: str) -> Text:
    """Name what is explained, a phrase for a sentence.

    >>> import torch
    >>> str(phrase_of(Subject(torch.nn.Identity(), torch.zeros(1, 2)), "true"))
    "the true class's logit"
    """
    names = class_titles(subject)
    if target == LOSS:
        return text("the loss")
    if not names:
        return text("the predicted number")
    first, _minus, second = (target or PREDICTED).partition("-")
    if second:
        return text("{first} minus {second}", first=_logit(names, first), second=_logit(names, second))
    return _logit(names, first)


def _logit(names: Sequence[str], side: str) -> Text:
    own = {PREDICTED: text("the predicted class's logit"), TRUE: text("the true class's logit")}
    name = names[int(side)] if side.isdecimal() and int(side) < len(names) else side
    return own.get(side) or text("the logit of {name}", name=name)
