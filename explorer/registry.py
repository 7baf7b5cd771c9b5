"""Registry of entries by name, in menu order: it holds the blocks, data sets, probes and the rest."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

from explorer.text import Text, text

_NAMES_COMPARED = 300  # a document may bring along any number of names


def shown(value: Any) -> str | Text:
    """Quote a value for a sentence, cut to a readable length."""
    try:
        quoted = repr(value)
    except ValueError:  # Python writes out no integer of more than 4,300 digits
        return text("a number of far too many digits")
    return quoted if len(quoted) <= 40 else quoted[:37] + "…"


def did_you_mean(name: str, known: list[str]) -> Text:
    """Suggest ` Did you mean x?` where a known name is close, else nothing."""
    close = difflib.get_close_matches(name[:64], known[:_NAMES_COMPARED], n=1)
    return text(" Did you mean {name}?", name=close[0]) if close else text("")


class Named(Protocol):
    @property
    def name(self) -> str: ...


class UnknownName(KeyError):
    """A name that a registry does not hold; `sentence` names the closest known one."""

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
        """Look up the entry called `name`; raises UnknownName."""
        if isinstance(name, str) and name in self._entries:
            return self._entries[name]
        raise UnknownName(text("There is no {kind} called {name}.{hint}", kind=self.kind,
                               name=shown(name), hint=did_you_mean(str(name), self.names())))

    def names(self) -> list[str]:
        return list(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)
