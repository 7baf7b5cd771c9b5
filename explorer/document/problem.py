"""A problem in words, and the edits that fix it: all plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.text import Text

Shape = tuple[int, ...]


@dataclass(frozen=True)
class SetParam:
    """An edit that sets one parameter of a node.

    >>> SetParam("conv1", "padding", 2).value
    2
    """

    node: str
    name: str
    value: Any


@dataclass(frozen=True)
class DropParam:
    """An edit that resets one parameter of a node to its default.

    >>> DropParam("conv1", "padding").name
    'padding'
    """

    node: str
    name: str


@dataclass(frozen=True)
class SetInit:
    """An edit that sets the initialization of one node; empty takes the recipe's.

    >>> SetInit("conv1", "normal(std=0.01)").init
    'normal(std=0.01)'
    """

    node: str
    init: str


@dataclass(frozen=True)
class InsertBefore:
    """An edit that inserts a new node on the edge into `port` of `node`.

    >>> InsertBefore("linear1", 0, "flatten").block
    'flatten'
    """

    node: str
    port: int
    block: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoveNode:
    """An edit that removes a node and closes the gap if it had one input.

    >>> RemoveNode("dropout1").node
    'dropout1'
    """

    node: str


@dataclass(frozen=True)
class RenameNode:
    """An edit that gives a node another id.

    >>> RenameNode("type", to="type1").to
    'type1'
    """

    node: str
    to: str


@dataclass(frozen=True)
class AddOutput:
    """An edit that makes a node an output of the network.

    >>> AddOutput("linear3").node
    'linear3'
    """

    node: str


@dataclass(frozen=True)
class RemoveOutput:
    """An edit that removes the output at this index of the network's outputs.

    >>> RemoveOutput(0).index
    0
    """

    index: int


@dataclass(frozen=True)
class AddInput:
    """An edit that adds an input node of this shape, connected to every first port without a connection.

    >>> AddInput((1, 28, 28)).shape
    (1, 28, 28)
    """

    shape: Shape


@dataclass(frozen=True)
class Connect:
    """An edit that connects an output of one node to an input port of another.

    >>> Connect("relu1", "add1", port=1).source_port
    0
    """

    source: str
    node: str
    port: int = 0
    source_port: int = 0


@dataclass(frozen=True)
class InsertAfter:
    """An edit that inserts a new node after another, on all its outgoing edges and in its place as an output.

    >>> InsertAfter("conv1", "relu").block
    'relu'
    """

    node: str
    block: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoveEdge:
    """An edit that removes the edge at this index of the network's edges.

    >>> RemoveEdge(0).index
    0
    """

    index: int


@dataclass(frozen=True)
class Within:
    """An edit inside the definition of the composite node at the end of `path`.

    >>> Within(("block1",), RemoveNode("dropout1")).edit
    RemoveNode(node='dropout1')
    """

    path: tuple[str, ...]
    edit: Edit


Edit = (Within | SetParam | DropParam | SetInit | InsertBefore | InsertAfter | RemoveNode | RenameNode | Connect
        | RemoveEdge | AddInput | AddOutput | RemoveOutput)


@dataclass(frozen=True)
class Fix:
    """Edits that solve a problem on one click, and the title of their button.

    >>> from explorer.text import text
    >>> str(Fix(text("Insert Flatten"), (InsertBefore("linear1", 0, "flatten"),)).title)
    'Insert Flatten'
    """

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
