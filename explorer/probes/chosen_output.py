"""The number of an answer that is explained: a class's logit, of a text that of what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from explorer.formatting import format_character
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import name_classes
from explorer.spec import BadValue
from explorer.text import Text, text


@dataclass(frozen=True)
class OutputParam:
    """A number of the output, such as a class's logit, by its index as text; "" for what a probe takes by itself.

    >>> OutputParam("of", "Class").parse("3")
    '3'
    """

    name: str
    title: str
    default: str = ""
    help: str = ""

    def parse(self, value: Any) -> str:
        """Check the form of an index; whether there is such a class is seen at the output. Raises BadValue."""
        if value is None or value == "" or (isinstance(value, str) and value.isdecimal() and len(value) < 9):
            return value or ""
        raise BadValue(text("{title} must be the index of a class, not {value}.", title=self.title,
                            value=repr(value)[:40]))


@dataclass(frozen=True)
class ChosenOutput:
    """A number among the outputs for one sample. place: its index; names: of all classes, in order.

    >>> import torch
    >>> ChosenOutput((3,), ()).pick(torch.arange(5)[None])
    tensor(3)
    """

    place: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def label(self) -> int:
        return self.place[-1]

    @property
    def name(self) -> str:
        return self.names[self.label]

    def pick(self, outputs: Tensor) -> Tensor:
        """Take the number from the outputs for one sample, (1, ...)."""
        return outputs[(0, *self.place)]

    def row(self, outputs: Tensor) -> Tensor:
        """Take the numbers of all classes from the outputs of several samples: (sample, class)."""
        return outputs[(slice(None), *self.place[:-1])]


def choose_output(subject: Subject, of: str) -> ChosenOutput:
    """Choose a class's logit, or the largest one; of a text, after the last token that was typed.

    Raises BadValue for a class that is not there, NotApplicable for an output of another form.
    """
    outputs = subject.outputs
    if outputs.dim() not in (2, 3):
        raise NotApplicable(text("This network's output is neither a row of numbers nor one for each token, so no "
                                 "number of it can be followed back. Look at the gradients instead."))
    before = ((subject.tokens or outputs.shape[1]) - 1,) if outputs.dim() == 3 else ()
    row = outputs[(0, *before)]
    label = int(of) if of else int(row.nan_to_num().argmax())
    if label >= len(row):
        raise BadValue(text("There is no class {label}: the classes are 0 to {last}.", label=label, last=len(row) - 1))
    names = name_classes(subject.class_names, len(row))
    return ChosenOutput((*before, label), tuple(map(format_character, names)) if before else names)


def describe_output(chosen: ChosenOutput, of: str) -> Text:
    """Name the number in words.

    >>> str(describe_output(ChosenOutput((3,), ("a", "b", "c", "d")), ""))
    'the logit of d, which is predicted'
    """
    if of:
        return text("the logit of {name}", name=chosen.name)
    return text("the logit of {name}, which is predicted", name=chosen.name)
