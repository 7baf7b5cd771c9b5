"""Choices among ways to do one thing (optimizers, schedules, initializations), each with its own settings.

A choice is written as an object, `{"name": "normal", "std": 0.01}`, or, where one line must do, as `normal(std=0.01)`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.registry import Registry, did_you_mean
from explorer.spec import BadValue, ParamSpec, parse_params
from explorer.text import Text, text

_SPELLED = re.compile(r"\s*(?P<name>\w+)\s*(?:\((?P<params>[^()]*)\))?\s*", re.ASCII)
_LONGEST = 200  # characters of a choice in one line


@dataclass(frozen=True)
class Kind:
    """One of several ways to do something, with its settings; `formula` is LaTeX, `source` a paper or book."""

    name: str
    title: str
    summary: str
    params: tuple[ParamSpec, ...] = ()
    formula: str = ""
    source: str = ""


@dataclass(frozen=True)
class Chosen:
    """A named entry of a registry with its settings: an optimizer, an initialization, a data set.

    >>> Chosen("normal", {"std": 0.01}).spelled
    'normal(std=0.01)'
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **self.params}

    @property
    def spelled(self) -> str:
        """Spell it in one line: `normal(std=0.01)`, or just the name where there are no settings."""
        given = ", ".join(f"{name}={json.dumps(value)}" for name, value in self.params.items())
        return f"{self.name}({given})" if given else self.name


def choose(registry: Registry[Kind], name: str, params: Mapping[str, Any]) -> Chosen:
    """Choose an entry of a registry, its settings checked and completed. Raises UnknownName or BadValue.

    >>> from explorer.recipe import OPTIMIZERS
    >>> choose(OPTIMIZERS, "sgd", {"lr": 0.5}).params["lr"]
    0.5
    """
    kind = registry.get(name)
    return Chosen(kind.name, parse_params(kind.params, params))


def choose_spelled(registry: Registry[Kind], line: str) -> Chosen:
    """Parse a choice spelled in one line, such as `normal(std=0.01)`. Raises BadValue.

    >>> from explorer.document.initializations import INITIALIZATIONS
    >>> choose_spelled(INITIALIZATIONS, "normal(std=0.1)").params
    {'std': 0.1}
    """
    match = _SPELLED.fullmatch(line) if len(line) <= _LONGEST else None
    if match is None:
        raise BadValue(text("{what} must be a name, or a name with settings such as {example}.",
                            what=line[:60], example="normal(std=0.01)"))
    if match["name"] not in registry:
        raise BadValue(unknown_kind(registry, match["name"]))
    return choose(registry, match["name"], dict(_settings(match["params"] or "")))


def _settings(given: str) -> Iterable[tuple[str, Any]]:
    for part in filter(str.strip, given.split(",")):
        name, _, value = part.partition("=")
        try:
            yield name.strip(), json.loads(value)
        except ValueError:
            yield name.strip(), value.strip().strip('"')


def unknown_kind(registry: Registry[Kind], name: str) -> Text:
    """Compose the sentence for a name that a registry of kinds does not hold."""
    return text("There is no {kind} called {name}.{hint}", kind=registry.kind, name=name[:60],
                hint=did_you_mean(name, registry.names()))
