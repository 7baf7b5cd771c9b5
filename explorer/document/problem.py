"""A fault in words, and the edits that mend it: all plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.text import Text

Shape = tuple[int, ...]


@dataclass(frozen=True)
class SetParam:
    """An edit: give one setting of a node another value."""

    node: str
    name: str
    value: Any


@dataclass(frozen=True)
class DropParam:
    """An edit: forget one setting of a node, so that it takes its default."""

    node: str
    name: str


@dataclass(frozen=True)
class SetInit:
    """An edit: draw one node's weights another way; empty for the recipe's."""

    node: str
    init: str


@dataclass(frozen=True)
class InsertBefore:
    """An edit: put a new node on the edge that reaches `port` of `node`."""

    node: str
    port: int
    block: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoveNode:
    """An edit: take a node out and close the gap where it had one input."""

    node: str


@dataclass(frozen=True)
class RenameNode:
    """An edit: give a node another id."""

    node: str
    to: str


@dataclass(frozen=True)
class AddOutput:
    """An edit: make a node's result an output of the network."""

    node: str


@dataclass(frozen=True)
class RemoveOutput:
    """An edit: take away the output at this place of the list."""

    index: int


@dataclass(frozen=True)
class AddInput:
    """An edit: start the network with an input node of this shape, wired to what has no input yet."""

    shape: Shape


@dataclass(frozen=True)
class Connect:
    """An edit: feed `port` of a node from an output of another."""

    source: str
    node: str
    port: int = 0
    source_port: int = 0


@dataclass(frozen=True)
class InsertAfter:
    """An edit: put a new node behind another; it takes over what that one fed, and its place as an output."""

    node: str
    block: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoveEdge:
    """An edit: take the edge at this place of the list away."""

    index: int


@dataclass(frozen=True)
class Within:
    """An edit inside the definition that the composite node at the end of `path` is made of."""

    path: tuple[str, ...]
    edit: Edit


Edit = (Within | SetParam | DropParam | SetInit | InsertBefore | InsertAfter | RemoveNode | RenameNode | Connect
        | RemoveEdge | AddInput | AddOutput | RemoveOutput)


@dataclass(frozen=True)
class Fix:
    """What the app can do about a problem on one click."""

    title: Text
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Problem:
    """A fault of a network or a recipe, at the node (or field) `address`; an empty address means the whole."""

    address: str
    message: Text
    fix: Fix | None = None

    def __str__(self) -> str:
        place = f"{self.address}: " if self.address else ""
        offer = f" ({self.fix.title})" if self.fix else ""
        return f"{place}{self.message}{offer}"
