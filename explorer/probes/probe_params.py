"""Settings of probes that only a subject can offer: a node, a class, a unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.spec import BadValue, Choice
from explorer.text import text

_MOST_AXES, _MOST_STEPS = 6, 256


@dataclass(frozen=True)
class NodeParam:
    """A node of the network that is looked at, by its address; `fits` is asked of a node's module.

    `every` is the title of the choice that takes all that fit, spelled ""; without one a single node is chosen.
    further: (name, title) of choices after the nodes that are no modules, such as the loss.
    """

    name: str
    title: str
    fits: Callable[[Any], bool] = lambda module: True
    default: str = ""
    every: str = ""
    help: str = ""
    further: tuple[tuple[str, str], ...] = ()

    def among(self, addresses: Sequence[str]) -> Choice:
        """Make the choice between the nodes of one network; the default where it is there, else the first."""
        further = {name: title for name, title in self.further if name not in addresses}
        options = (*([""] if self.every else []), *addresses, *further)
        default = self.default if self.default in options else next(iter(options), "")
        return Choice(self.name, self.title, default, options,
                      tuple(further.get(option, option) or self.every for option in options), self.help)


@dataclass(frozen=True)
class ClassParam:
    """A class of the answer: the predicted one, or one by its name or its index; text is a name, a number an index."""

    name: str
    title: str
    default: str = "predicted"
    help: str = ""

    def among(self, class_names: Sequence[str]) -> Choice:
        """Make the choice between the predicted class and all of one network: "predicted", 0, 1, ..."""
        options = ("predicted", *range(len(class_names)))
        return Choice(self.name, self.title, self.default, options, ("predicted class", *class_names), self.help)


@dataclass(frozen=True)
class OfferedParam:
    """One of what a subject offers. offered(subject): (name, title) of each, in order; the first is the default.

    >>> from explorer.probes import Subject, offer
    >>> import torch
    >>> size = OfferedParam("size", "Size", lambda subject: [(len(subject.batch), "all"), (1, "one")])
    >>> offer(size, Subject(torch.nn.ReLU(), torch.zeros(3, 2))).titles
    ('all', 'one')
    """

    name: str
    title: str
    offered: Callable[[Any], Sequence[tuple[str | int, str]]]
    default: str = ""
    help: str = ""

    def of(self, subject: Any) -> Choice:
        """Make the choice for one subject."""
        options, titles = zip(*self.offered(subject), strict=True)
        return Choice(self.name, self.title, options[0], options, titles, self.help)


@dataclass(frozen=True)
class UnitParam:
    """A unit of a node: its index into the output for one sample, without the batch axis; None for none of them.

    >>> UnitParam("unit", "Unit").parse([3, 4, 5])
    (3, 4, 5)
    """

    name: str
    title: str
    default: None = None
    help: str = ""

    def parse(self, value: Any) -> tuple[int, ...] | None:
        """Check the form of an index; whether it lies in the output is known once that is. Raises BadValue."""
        if value is None:
            return None
        if (parts := _whole_numbers(value, _MOST_AXES)) is None:
            raise BadValue(text("{title} must be whole numbers, one for each axis of the output, not {value}.",
                                title=self.title, value=repr(value)[:40]))
        return parts


@dataclass(frozen=True)
class StepsParam:
    """Steps of training, by their numbers; None for all.

    >>> StepsParam("only", "Steps").parse([0, 400])
    (0, 400)
    """

    name: str
    title: str
    default: None = None
    help: str = ""

    def parse(self, value: Any) -> tuple[int, ...] | None:
        """Check the form of steps; whether they were kept is known later. Raises BadValue."""
        if value is None:
            return None
        if (steps := _whole_numbers(value, _MOST_STEPS)) is None:
            raise BadValue(text("{title} must be at most {most} whole numbers, not {value}.", title=self.title,
                                most=_MOST_STEPS, value=repr(value)[:40]))
        return steps


def _whole_numbers(value: Any, most: int) -> tuple[int, ...] | None:
    """Return at most so many numbers from 0 up; None for anything else."""
    numbers = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else None
    fits = numbers is not None and len(numbers) <= most and all(type(each) is int and each >= 0 for each in numbers)
    return numbers if fits else None
