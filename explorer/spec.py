"""What a setting looks like, and the registry that holds blocks, data sets, probes and the rest.

A `ParamSpec` declares one setting: its kind, default, range, unit and help. Forms, the command line
and the checks of a document are all generated from it; nothing else knows what a value may be.
"""

from __future__ import annotations

import difflib
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from explorer.text import Text, text

_LARGEST = sys.float_info.max
_NAMES_COMPARED = 300  # a document may bring along any number of names


class BadValue(ValueError):
    """A value that its ParamSpec does not allow; `sentence` says so in words."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def _shown(value: Any) -> str | Text:
    """A value as it can be quoted in a sentence, cut to a readable length."""
    try:
        shown = repr(value)
    except ValueError:  # Python writes out no integer of more than 4,300 digits
        return text("a number of far too many digits")
    return shown if len(shown) <= 40 else shown[:37] + "…"


def _whole(value: float) -> float | int:
    """A limit as people write it: 1000000, not 1000000.0."""
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

    def parse(self, value: Any) -> float | int | None:
        """`value` checked, or BadValue. A bool is no number; a whole float counts as an integer."""
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue(text("{title} must be a number, not {value}.", title=self.title, value=_shown(value)))
        if (isinstance(value, float) and not math.isfinite(value)) or abs(value) > _LARGEST:
            raise BadValue(text("{title} must be a finite number.", title=self.title))
        if self.integer and value != int(value):
            raise BadValue(text("{title} must be a whole number, not {value}.", title=self.title, value=_shown(value)))
        if not self.low <= value <= self.high:
            raise BadValue(self._range_sentence(value))
        return int(value) if self.integer else float(value)

    def _range_sentence(self, value: float) -> Text:
        if math.isinf(self.high):
            return text("{title} must be {low:,} or more, not {value}.",
                        title=self.title, low=_whole(self.low), value=_shown(value))
        return text("{title} must be between {low:,} and {high:,}, not {value}.",
                    title=self.title, low=_whole(self.low), high=_whole(self.high), value=_shown(value))

    def read(self, typed: str) -> float | int | None:
        """A value typed on a command line."""
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
    """One of a few named options; `titles` are what people read, in the same order."""

    name: str
    title: str
    default: str
    options: tuple[str, ...]
    titles: tuple[str, ...] = ()
    help: str = ""

    def parse(self, value: Any) -> str:
        if isinstance(value, str) and value in self.options:
            return value
        raise BadValue(text("{title} must be one of {options}, not {value}.",
                            title=self.title, options=", ".join(self.options), value=_shown(value)))

    def read(self, typed: str) -> str:
        return self.parse(typed)

    def title_of(self, option: str) -> str:
        return self.titles[self.options.index(option)] if self.titles else option


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
        raise BadValue(text("{title} must be true or false, not {value}.", title=self.title, value=_shown(value)))

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
                        title=self.title, value=_shown(value))
        return text("{title} must be a whole number or a list of {axes}{words}, not {value}.",
                    title=self.title, axes=self.axes, words=words, value=_shown(value))

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
    """What a person called something: 1 to 120 characters, or nothing yet."""

    name: str
    title: str
    default: str = ""
    help: str = ""

    def parse(self, value: Any) -> str:
        if isinstance(value, str) and len(value) <= 120:
            return value
        raise BadValue(text("{title} must be a name of at most 120 characters, not {value}.",
                            title=self.title, value=_shown(value)))

    def read(self, typed: str) -> str:
        return self.parse(typed)


ParamSpec = Number | Choice | Flag | Sizes | Name


def defaults(specs: tuple[ParamSpec, ...]) -> dict[str, Any]:
    """{name: default} of a tuple of specs."""
    return {spec.name: spec.default for spec in specs}


def parse_params(specs: tuple[ParamSpec, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting's value, checked; what is not given takes its default. Raises BadValue."""
    for name in given:
        if name not in (known := [spec.name for spec in specs]):
            raise BadValue(text("There is no setting called {name}.{hint}",
                                name=_shown(name), hint=did_you_mean(str(name), known)))
    return {spec.name: spec.parse(given[spec.name]) if spec.name in given else spec.default for spec in specs}


def did_you_mean(name: str, known: list[str]) -> Text:
    """` Did you mean x?` where one of the first known names is close, else nothing."""
    close = difflib.get_close_matches(name[:64], known[:_NAMES_COMPARED], n=1)
    return text(" Did you mean {name}?", name=close[0]) if close else text("")


class Named(Protocol):
    @property
    def name(self) -> str: ...


class UnknownName(KeyError):
    """A name that a registry does not hold; `sentence` says so, with the closest known one."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


Entry = TypeVar("Entry", bound=Named)


class Registry(Generic[Entry]):
    """Entries by name, in menu order. A name used twice raises ValueError at once."""

    def __init__(self, kind: str, entries: tuple[Entry, ...]) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}
        for entry in entries:
            if entry.name in self._entries:
                raise ValueError(f"two {kind}s are called {entry.name!r}")
            self._entries[entry.name] = entry

    def get(self, name: str) -> Entry:
        """The entry called `name`; raises UnknownName."""
        if isinstance(name, str) and name in self._entries:
            return self._entries[name]
        raise UnknownName(text("There is no {kind} called {name}.{hint}", kind=self.kind,
                               name=_shown(name), hint=did_you_mean(str(name), self.names())))

    def names(self) -> list[str]:
        return list(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)
