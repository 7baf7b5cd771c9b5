"""Rules that rename the tensors of somebody else's state dict to our addresses.

No torch: names, and methods of the tensors themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

State = Mapping[str, Any]  # tensors by name
Name = str | Callable[[re.Match[str]], str]
Rule = tuple[str, Name] | tuple[str, Name, Callable[[Any], Any]]  # theirs, ours, what is done with the tensor

_PARTS = ("query", "key", "value")


def renamed(state: State, rules: Iterable[Rule]) -> dict[str, Any]:
    """Rename the tensors by the first rule whose regular expression matches the whole of their name.

    A `*` in our name stands for query, key and value: they get a third of the tensor each. Raises KeyError where no
    rule matches.
    """
    rules = tuple(rules)
    found: dict[str, Any] = {}
    for name, tensor in state.items():
        ours, change = _rule_for(name, rules)
        found.update(_placed(ours, change(tensor)))
    return found


def _rule_for(name: str, rules: tuple[Rule, ...]) -> tuple[str, Callable[[Any], Any]]:
    for theirs, ours, *change in rules:
        if match := re.fullmatch(theirs, name):
            return match.expand(ours) if isinstance(ours, str) else ours(match), (*change, lambda tensor: tensor)[0]
    raise KeyError(name)


def _placed(ours: str, tensor: Any) -> Iterator[tuple[str, Any]]:
    if "*" in ours:
        yield from ((ours.replace("*", part), third) for part, third in zip(_PARTS, tensor.chunk(3), strict=True))
    else:
        yield ours, tensor
