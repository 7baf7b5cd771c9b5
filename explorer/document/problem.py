"""A problem in words, and the edits that fix it: all plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    """Edits that solve a problem on one click, and the title of their button."""

    title: Text
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Problem:
    """One sentence about a network, block or recipe that is not valid, with a fix where there is one.

    `address` is the node's, or a recipe field's name; empty for the whole. A block's own `check` leaves it and the
    nodes of its edits empty, since only the network knows where the block is; `at` fills them in. A hint is about a
    valid network that does not fit its data yet.

    >>> from explorer.text import text
    >>> str(Problem(text("Linear needs a flat input."), address="linear1"))
    'linear1: Linear needs a flat input.'
    """

    message: Text
    fix: Fix | None = None
    address: str = ""
    is_hint: bool = False

    def at(self, node: str) -> Problem:
        """Return a block's own problem as one of the node with this id."""
        fix = self.fix and replace(self.fix, edits=tuple(replace(edit, node=node) for edit in self.fix.edits))
        return replace(self, fix=fix, address=node)

    def __str__(self) -> str:
        place = f"{self.address}: " if self.address else ""
        offer = f" ({self.fix.title})" if self.fix else ""
        return f"{place}{self.message}{offer}"
