"""Networks as plain data, and how one is read from a document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from explorer.document.reading import (
    DocumentError,
    as_json,
    as_object,
    checked_text,
    parse_json,
    plain,
    read_file,
    read_head,
    take,
)
from explorer.text import text

FORMAT = "layerscope/network"
VERSION = 1
MAX_NESTING = 8


@dataclass(frozen=True)
class Node:
    """One block of a network with its settings.

    `at` is its place (x, y) on the canvas, None to let the canvas choose. `init` names an initialization for this node
    alone; empty takes the recipe's. `note` is the user's own. `extra` holds fields that this version does not know.

    >>> Node("conv1", "conv2d", {"out_channels": 6}).to_dict()
    {'id': 'conv1', 'block': 'conv2d', 'params': {'out_channels': 6}}
    """

    id: str
    block: str
    params: Mapping[str, Any] = field(default_factory=dict)
    at: tuple[float, float] | None = None
    init: str = ""
    note: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        place = {} if self.at is None else {"at": list(self.at)}
        words = {name: value for name, value in (("init", self.init), ("note", self.note)) if value}
        return {"id": self.id, "block": self.block, "params": plain(self.params), **place, **words,
                **plain(self.extra)}


@dataclass(frozen=True)
class Edge:
    """A connection from an output port of one node to an input port of another.

    >>> Edge("input", "conv1").to_dict()
    {'from': 'input', 'from_port': 0, 'to': 'conv1', 'port': 0}
    """

    source: str
    target: str
    source_port: int = 0
    target_port: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"from": self.source, "from_port": self.source_port,
                "to": self.target, "port": self.target_port, **plain(self.extra)}


@dataclass(frozen=True)
class Network:
    """A network document. Immutable: every edit makes a new one.

    `outputs` are node ids in order. `definitions` are the user's own blocks by name, for the block `composite`. `moves`
    lists every change of addresses since the network was created, each as {old address: new address}, so that weights
    of an earlier version are loaded into the right nodes. `extra` holds fields that this version does not know.

    >>> net = chain("Line", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))
    >>> Network.from_dict(net.to_dict()) == net
    True
    >>> [edge.source for edge in net.edges_into("linear1")]
    ['input']
    """

    name: str = "Untitled"
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    outputs: tuple[str, ...] = ()
    definitions: Mapping[str, Network] = field(default_factory=dict)
    moves: tuple[Mapping[str, str], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, document: Any) -> Network:
        """Read the network from plain data. Raises only DocumentError."""
        return _read_network(as_json(document), depth=0)

    @classmethod
    def loads(cls, content: str | bytes) -> Network:
        """Read the network from JSON text. Raises only DocumentError."""
        return _read_network(parse_json(content), depth=0)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """Read the network from a file. Raises DocumentError, also if the file does not exist."""
        return cls.loads(read_file(path))

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT, "version": VERSION, "name": self.name,
            "nodes": [node.to_dict() for node in self.nodes],
            "edges": [edge.to_dict() for edge in self.edges],
            "outputs": list(self.outputs),
            "definitions": {name: inner.to_dict() for name, inner in self.definitions.items()},
            **({"moves": [dict(move) for move in self.moves]} if self.moves else {}),
            **plain(self.extra),
        }

    def save(self, path: str | Path) -> None:
        Path(path).write_text(json.dumps(self.to_dict(), indent=1), encoding="utf-8")

    @cached_property
    def digest(self) -> str:
        """The hash of the whole document; equal documents have equal digests."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        return {node.id: node for node in self.nodes}

    def node(self, node_id: str) -> Node:
        """Return the node with this id. Raises KeyError."""
        return self.by_id[node_id]

    @cached_property
    def _into(self) -> Mapping[str, tuple[Edge, ...]]:
        into: dict[str, list[Edge]] = {}
        for edge in self.edges:
            into.setdefault(edge.target, []).append(edge)
        return {target: tuple(sorted(edges, key=lambda e: e.target_port)) for target, edges in into.items()}

    def edges_into(self, node_id: str) -> tuple[Edge, ...]:
        """Return the edges into a node, ordered by input port."""
        return self._into.get(node_id, ())

    @cached_property
    def _out_of(self) -> Mapping[str, tuple[Edge, ...]]:
        out_of: dict[str, list[Edge]] = {}
        for edge in self.edges:
            out_of.setdefault(edge.source, []).append(edge)
        return {source: tuple(edges) for source, edges in out_of.items()}

    def edges_out_of(self, node_id: str) -> tuple[Edge, ...]:
        return self._out_of.get(node_id, ())

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The ids of its input nodes, in order."""
        return tuple(node.id for node in self.nodes if node.block == "input")

    def __hash__(self) -> int:
        return hash(self.digest)

    def with_(self, **changes: Any) -> Network:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)


def chain(name: str, *steps: tuple[str, str, dict[str, Any]], **more: Any) -> Network:
    """Make a network of nodes (id, block, params) in a row; the last one is the output. more: other fields of Network.

    >>> chain("Line", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1})).outputs
    ('linear1',)
    """
    nodes = tuple(Node(node_id, block, params) for node_id, block, params in steps)
    edges = tuple(Edge(a.id, b.id) for a, b in pairwise(nodes))
    return Network(name, nodes, edges, (nodes[-1].id,), **more)


def _read_network(document: Any, depth: int) -> Network:
    if depth > MAX_NESTING:
        raise DocumentError(text("Definitions are nested more than {limit} deep.", limit=MAX_NESTING))
    head = dict(read_head(document, "network", FORMAT, VERSION))
    del head["format"], head["version"]
    definitions = take(head, "definitions", dict, {})
    nodes = tuple(_read_node(item, i) for i, item in enumerate(take(head, "nodes", list)))
    _refuse_twins([node.id for node in nodes])
    return Network(
        name=checked_text(take(head, "name", str, "Untitled"), "name"),
        nodes=nodes,
        edges=tuple(_read_edge(item, i) for i, item in enumerate(take(head, "edges", list))),
        outputs=tuple(checked_text(item, "outputs") for item in take(head, "outputs", list, [])),
        definitions={checked_text(name, "definitions"): _read_network(inner, depth + 1)
                     for name, inner in definitions.items()},
        moves=tuple(_read_move(item, i) for i, item in enumerate(take(head, "moves", list, []))),
        extra=head,
    )


def _read_node(item: Any, index: int) -> Node:
    item = as_object(item, f"nodes[{index}]")
    place = item.pop("at", None)
    return Node(
        id=checked_text(take(item, "id", str, where=f"nodes[{index}]"), f"nodes[{index}].id"),
        block=checked_text(take(item, "block", str, where=f"nodes[{index}]"), f"nodes[{index}].block"),
        params=take(item, "params", dict, {}, where=f"nodes[{index}]"),
        at=_read_place(place, index),
        init=take(item, "init", str, "", where=f"nodes[{index}]"),
        note=take(item, "note", str, "", where=f"nodes[{index}]"),
        extra=item,
    )


def _read_place(place: Any, index: int) -> tuple[float, float] | None:
    if place is None:
        return None
    is_place = isinstance(place, list) and len(place) == 2 and all(
        isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e9 for v in place)
    if not is_place:
        raise DocumentError(text("nodes[{index}].at should be two numbers, [x, y].", index=index))
    return (place[0], place[1])


def _read_edge(item: Any, index: int) -> Edge:
    item, where = as_object(item, f"edges[{index}]"), f"edges[{index}]"
    return Edge(
        source=checked_text(take(item, "from", str, where=where), where),
        target=checked_text(take(item, "to", str, where=where), where),
        source_port=take(item, "from_port", int, 0, where=where),
        target_port=take(item, "port", int, 0, where=where),
        extra=item,
    )


def _read_move(item: Any, index: int) -> dict[str, str]:
    where = f"moves[{index}]"
    return {old: checked_text(new, where) for old, new in as_object(item, where).items()}


def _refuse_twins(ids: list[str]) -> None:
    seen: set[str] = set()
    for node_id in ids:
        if node_id in seen:
            raise DocumentError(text(
                "Two nodes are named {name}; every node needs its own name.", name=node_id[:80]))
        seen.add(node_id)
