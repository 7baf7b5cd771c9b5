"""The number of an answer that is explained: a class's logit, of a text that of what comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from explorer.formatting import format_character
from explorer.probes.objective import CHARACTERS, LOSS, choices_of, kind_of, numbers_of, places_of
from explorer.probes.subject import NotApplicable, Subject
from explorer.spec import BadValue
from explorer.text import text

_LONGEST = 200  # of a name
_INDICES = re.compile(r"\d{1,8}(-\d{1,8})?", re.ASCII)


@dataclass(frozen=True)
class OutputParam:
    """A number of the output, such as a class's logit, by its index as text; "" for what a probe takes by itself.

    predicted: what that is called where it is the number that is predicted; "" where it is the loss. has_loss: whether
    the loss can be chosen, as "loss". "4-9" is the difference of two numbers. has_names: whether a class can be chosen
    by its name, too.

    >>> OutputParam("of", "Class").parse("3")
    '3'
    """

    name: str
    title: str
    default: str = ""
    help: str = ""
    predicted: str = ""
    has_loss: bool = False
    has_names: bool = False

    def parse(self, value: Any) -> str:
        """Check the form of an index; whether there is such a class is seen at the output. Raises BadValue."""
        if value is None or value == "":
            return ""
        if value == LOSS and not self.has_loss:
            raise BadValue(text("{title} cannot be the loss here. Choose a class.", title=self.title))
        spelled = str(value) if type(value) is int else value
        is_name = isinstance(spelled, str) and len(spelled) <= _LONGEST and (self.has_names or spelled == LOSS)
        if isinstance(spelled, str) and (is_name or _INDICES.fullmatch(spelled)):
            return spelled
        raise BadValue(text("{title} must be the index of a class, not {value}.", title=self.title,
                            value=repr(value)[:40]))


@dataclass(frozen=True)
class ChosenOutput:
    """A number among the outputs, the one that gradients with the same choice are of. names: of all, in order.

    other: the place of the number that is taken from it; None where there is none.

    >>> import torch
    >>> subject = Subject(torch.nn.ReLU(), torch.zeros(1, 5))
    >>> choose_output(subject, "3").pick(torch.arange(5.0)[None])
    tensor(3.)
    """

    subject: Subject
    label: int
    names: tuple[str, ...]
    other: int | None = None

    @property
    def name(self) -> str:
        return self.names[self.label] if self.other is None else f"{self.names[self.label]} − {self.names[self.other]}"

    def pick(self, outputs: Tensor) -> Tensor:
        """Take the number from the outputs for one sample, (1, ...)."""
        row = self.row(outputs)[0]
        return row[self.label] if self.other is None else row[self.label] - row[self.other]

    def row(self, outputs: Tensor) -> Tensor:
        """Take the numbers of all classes from the outputs of several samples: (sample, class)."""
        return numbers_of(self.subject, outputs)


def choose_output(subject: Subject, of: str) -> ChosenOutput:
    """Choose a class's logit, the difference of two, or the largest; of a text, after the last token that was typed.

    Raises BadValue for a class that is not there, NotApplicable for an output of another form.
    """
    outputs = subject.outputs[:1]
    if outputs.dim() not in (2, 3):
        raise NotApplicable(text("This network's output is neither a row of numbers nor one for each token, so no "
                                 "number of it can be followed back. Look at the gradients instead."))
    label, other = places_of(subject, outputs, of) if of else \
        (int(numbers_of(subject, outputs)[0].nan_to_num().argmax()), None)
    names = choices_of(subject, outputs)
    spells = kind_of(subject) == CHARACTERS
    return ChosenOutput(subject, label, tuple(map(format_character, names)) if spells else names, other)
