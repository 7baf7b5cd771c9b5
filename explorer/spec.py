"""Settings as records; the registries that hold blocks, data sets, probes and the rest are handed on from here.

A `ParamSpec` declares one setting: its kind, default, range, unit and help. Forms, the command line
and the checks of a document are all generated from it; nothing else knows what a value may be.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer import expression
from explorer.registry import Named, Registry, UnknownName, did_you_mean, shown
from explorer.text import Text, text

__all__ = ["BadValue", "Choice", "Expression", "Flag", "Name", "Named", "Number",
           "ParamSpec", "Registry", "Sizes", "UnknownName", "defaults", "did_you_mean", "parse_params"]
_LARGEST = sys.float_info.max


class BadValue(ValueError):
    """A value that its ParamSpec does not allow; `sentence` says so in words."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def _whole(value: float) -> float | int:
    """Write a limit as people do: 1000000, not 1000000.0."""
    return int(value) if value == int(value) else value


@dataclass(frozen=True)
class Number:
    """A number between `low` and `high`, both included; whole if `integer`."""

    name: str
    title: str
    default: float | int | None
    low: float = 0
    high: float = math.inf
    integer: bool = False
    optional: bool = False
    unit: str = ""
    help: str = ""
    empty: str = "automatic"  # what it means to leave an optional one empty

    def parse(self, value: Any) -> float | int | None:
        """Check a value. A bool is no number; a whole float counts as an integer. Raises BadValue."""
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue(text("{title} must be a number, not {value}.", title=self.title, value=shown(value)))
        if (isinstance(value, float) and not math.isfinite(value)) or abs(value) > _LARGEST:
            raise BadValue(text("{title} must be a finite number.", title=self.title))
        if self.integer and value != int(value):
            raise BadValue(text("{title} must be a whole number, not {value}.", title=self.title, value=shown(value)))
        if not self.low <= value <= self.high:
            raise BadValue(self._range_sentence(value))
        return int(value) if self.integer else float(value)

    def _range_sentence(self, value: float) -> Text:
        if math.isinf(self.high):
            return text("{title} must be {low:,} or more, not {value}.",
                        title=self.title, low=_whole(self.low), value=shown(value))
        return text("{title} must be between {low:,} and {high:,}, not {value}.",
                    title=self.title, low=_whole(self.low), high=_whole(self.high), value=shown(value))

    def read(self, typed: str) -> float | int | None:
        """Parse a value typed on a command line."""
        if self.optional and typed.lower() in ("", "none"):
            return None
        try:
            return self.parse(int(typed))
        except BadValue:
            raise
        except ValueError:
            pass
        try:
            value = float(typed)
        except ValueError:
            value = typed
        return self.parse(value)


@dataclass(frozen=True)
class Choice:
    """One of a few named options; `titles` are what people read, in the same order.

    Options that are whole numbers are indices, which no name can be mistaken for; see ClassParam.
    """

    name: str
    title: str
    default: str
    options: tuple[str | int, ...]
    titles: tuple[str, ...] = ()
    help: str = ""

    def parse(self, value: Any) -> str | int:
        if type(value) in (str, int) and value in self.options:  # True is no 1
            return value
        raise BadValue(text("{title} must be one of {options}, not {value}.",
                            title=self.title, options=", ".join(map(str, self.options)), value=shown(value)))

    def read(self, typed: str) -> str:
        return self.parse(typed)

    def title_of(self, option: str | int) -> str:
        return self.titles[self.options.index(option)] if self.titles else str(option)


@dataclass(frozen=True)
class Flag:
    """On or off."""

    name: str
    title: str
    default: bool
    help: str = ""

    def parse(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise BadValue(text("{title} must be true or false, not {value}.", title=self.title, value=shown(value)))

    def read(self, typed: str) -> bool:
        words = {**dict.fromkeys(("true", "on", "1", "yes"), True), **dict.fromkeys(("false", "off", "0", "no"), False)}
        return self.parse(words.get(typed.lower(), typed))


@dataclass(frozen=True)
class Sizes:
    """One whole number for every axis, or one a axis: `3` or `[3, 5]`; `words` such as "same" stand for themselves.

    `axes` is how many numbers a list must have; None takes any number of them from 1 to 8, always as a list.
    """

    name: str
    title: str
    default: int | tuple[int, ...] | str | None
    axes: int | None = 2
    low: int = 1
    high: int = 1_000_000
    words: tuple[str, ...] = ()
    optional: bool = False
    unit: str = ""
    help: str = ""

    def parse(self, value: Any) -> int | tuple[int, ...] | str | None:
        if value is None and self.optional:
            return None
        if isinstance(value, str) and value in self.words:
            return value
        if isinstance(value, list | tuple):
            if len(value) != self.axes if self.axes else not 1 <= len(value) <= 8:
                raise BadValue(self._kind_sentence(value))
            return tuple(self._parse_one(size) for size in value)
        if self.axes is None:
            raise BadValue(self._kind_sentence(value))
        return self._parse_one(value)

    def _parse_one(self, value: Any) -> int:
        one = Number(self.name, self.title, None, self.low, self.high, integer=True)
        if isinstance(value, str):
            raise BadValue(self._kind_sentence(value))
        return one.parse(value)

    def _kind_sentence(self, value: Any) -> Text:
        words = "".join(f' or "{word}"' for word in self.words)
        if self.axes is None:
            return text("{title} must be a list of 1 to 8 whole numbers, not {value}.",
                        title=self.title, value=shown(value))
        return text("{title} must be a whole number or a list of {axes}{words}, not {value}.",
                    title=self.title, axes=self.axes, words=words, value=shown(value))

    def read(self, typed: str) -> int | tuple[int, ...] | str | None:
        """Typed as `3`, `3,5`, `3×5`, `3x5` or a word."""
        if typed in self.words:
            return typed
        if self.optional and typed.lower() in ("", "none"):
            return None
        parts = typed.replace("×", ",").replace("x", ",").strip("()[] ").split(",")
        try:
            numbers = [int(part) for part in parts if part.strip()]
        except ValueError:
            raise BadValue(self._kind_sentence(typed)) from None
        return self.parse(numbers[0] if len(numbers) == 1 and self.axes else numbers)


@dataclass(frozen=True)
class Name:
    """A name that a person gave: 1 to 120 characters, or nothing yet."""

    name: str
    title: str
    default: str = ""
    help: str = ""

    def parse(self, value: Any) -> str:
        if isinstance(value, str) and len(value) <= 120:
            return value
        raise BadValue(text("{title} must be a name of at most 120 characters, not {value}.",
                            title=self.title, value=shown(value)))

    def read(self, typed: str) -> str:
        return self.parse(typed)


@dataclass(frozen=True)
class Expression:
    """A formula in x as text, such as `x * sigmoid(x)`; explorer.expression says what it may be made of."""

    name: str
    title: str
    default: str = "x * sigmoid(x)"
    help: str = ""

    def parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise BadValue(text("{title} must be a formula in x, not {value}.", title=self.title, value=shown(value)))
        try:
            expression.parse(value)
        except expression.ExpressionError as error:
            raise BadValue(error.sentence) from None
        return value.strip()

    def read(self, typed: str) -> str:
        return self.parse(typed)


ParamSpec = Number | Choice | Flag | Sizes | Name | Expression


def defaults(specs: tuple[ParamSpec, ...]) -> dict[str, Any]:
    """Collect {name: default} of a tuple of specs."""
    return {spec.name: spec.default for spec in specs}


def parse_params(specs: tuple[ParamSpec, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Check every setting's value; what is not given takes its default. Raises BadValue."""
    for name in given:
        if name not in (known := [spec.name for spec in specs]):
            raise BadValue(text("There is no setting called {name}.{hint}",
                                name=shown(name), hint=did_you_mean(str(name), known)))
    return {spec.name: spec.parse(given[spec.name]) if spec.name in given else spec.default for spec in specs}
