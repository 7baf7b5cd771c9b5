"""The network as plain data: nodes, edges, outputs; JSON in and out, no torch.

`Network.from_dict` checks only the form of a document and raises only `DocumentError`. Whether the
network makes sense (known blocks, no cycle, fitting shapes) is asked of `network.problems`.
"""

from __future__ import annotations

import hashlib
import json
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer.text import Text, text

FORMAT = "layerscope/network"
VERSION = 1
MAX_FILE_BYTES = 20_000_000
MAX_NESTING = 8

Shape = tuple[int, ...]

# Names that a child of an nn.Module cannot have, because they would hide an attribute of Module or of our
# own module; frozen here so that documents mean the same under every torch (a test compares them).
RESERVED_IDS = frozenset("""
add_module apply bfloat16 bind_names buffers call_super_init children compile cpu cuda double dump_patches eval
extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
state_dict to to_empty train training type xpu zero_grad self torch nn F T_destination
""".split())
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


class DocumentError(ValueError):
    """A document whose form is wrong; one clear sentence in `sentence`."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


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
class AddInput:
    """An edit: start the network with an input node of this shape, wired to what has no input yet."""

    shape: Shape


@dataclass(frozen=True)
class RemoveEdge:
    """An edit: take the edge at this place of the list away."""

    index: int


Edit = SetParam | DropParam | InsertBefore | RemoveNode | RenameNode | AddOutput | AddInput | RemoveEdge


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


@dataclass(frozen=True)
class Node:
    """One block of a network with its settings; `at` is its place on the canvas, `extra` what we do not know."""

    id: str
    block: str
    params: Mapping[str, Any] = field(default_factory=dict)
    at: tuple[float, float] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        place = {} if self.at is None else {"at": list(self.at)}
        return {"id": self.id, "block": self.block, "params": _plain(self.params), **place, **_plain(self.extra)}


@dataclass(frozen=True)
class Edge:
    """A connection from an output port of one node to an input port of another."""

    source: str
    target: str
    source_port: int = 0
    target_port: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"from": self.source, "from_port": self.source_port,
                "to": self.target, "port": self.target_port, **_plain(self.extra)}


@dataclass(frozen=True)
class Network:
    """A network document. Immutable: every edit makes a new one."""

    name: str = "Untitled"
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    outputs: tuple[str, ...] = ()
    definitions: Mapping[str, Network] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, document: Any) -> Network:
        """The network a document describes. Raises only DocumentError."""
        return _read_network(_as_json(document), depth=0)

    @classmethod
    def loads(cls, content: str | bytes) -> Network:
        """The network in a JSON text. Raises only DocumentError."""
        return _read_network(parse_json(content), depth=0)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """The network in a file. Raises DocumentError where there is no such file, too."""
        return cls.loads(read_file(path))

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT, "version": VERSION, "name": self.name,
            "nodes": [node.to_dict() for node in self.nodes],
            "edges": [edge.to_dict() for edge in self.edges],
            "outputs": list(self.outputs),
            "definitions": {name: inner.to_dict() for name, inner in self.definitions.items()},
            **_plain(self.extra),
        }

    def save(self, path: str | Path) -> None:
        Path(path).write_text(json.dumps(self.to_dict(), indent=1), encoding="utf-8")

    @cached_property
    def digest(self) -> str:
        """A hash of everything the document says; equal documents have equal digests."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        return {node.id: node for node in self.nodes}

    def node(self, node_id: str) -> Node:
        """The node of this id; raises KeyError."""
        return self.by_id[node_id]

    @cached_property
    def _into(self) -> Mapping[str, tuple[Edge, ...]]:
        into: dict[str, list[Edge]] = {}
        for edge in self.edges:
            into.setdefault(edge.target, []).append(edge)
        return {target: tuple(sorted(edges, key=lambda e: e.target_port)) for target, edges in into.items()}

    def edges_into(self, node_id: str) -> tuple[Edge, ...]:
        """The edges that reach a node, by input port."""
        return self._into.get(node_id, ())

    def edges_out_of(self, node_id: str) -> tuple[Edge, ...]:
        return tuple(edge for edge in self.edges if edge.source == node_id)

    def __hash__(self) -> int:
        return hash(self.digest)

    def with_(self, **changes: Any) -> Network:
        """A copy with some fields replaced."""
        return replace(self, **changes)


def chain(name: str, *steps: tuple[str, str, dict[str, Any]], **more: Any) -> Network:
    """A network whose nodes, given as (id, block, params), follow one another; the last is the output."""
    nodes = tuple(Node(node_id, block, params) for node_id, block, params in steps)
    edges = tuple(Edge(a.id, b.id) for a, b in zip(nodes, nodes[1:], strict=False))
    return Network(name, nodes, edges, (nodes[-1].id,), **more)


def id_fault(node_id: str) -> Text | None:
    """Why a node cannot have this id, or None."""
    if not _ID.fullmatch(node_id):
        return text("A node's name starts with a letter and has only letters, digits and _, at most 63 of them.")
    if keyword.iskeyword(node_id) or keyword.issoftkeyword(node_id) or node_id in RESERVED_IDS:
        return text("The name {name} is taken by Python or PyTorch.", name=node_id)
    return None


def free_id(wanted: str, taken: Iterable[str]) -> str:
    """`wanted` as a legal id that no node in `taken` has, with the first free number behind it if need be."""
    taken = set(taken)
    stem = re.sub(r"\W", "_", wanted, flags=re.ASCII).strip("_")[:50] or "node"
    stem = stem if stem[0].isalpha() else f"node_{stem}"
    if stem not in taken and id_fault(stem) is None:
        return stem
    stem = stem.rstrip("0123456789") or stem
    number = next(n for n in range(1, len(taken) + 2) if f"{stem}{n}" not in taken)
    return f"{stem}{number}"


def parse_json(content: str | bytes) -> Any:
    """JSON text as plain data; raises only DocumentError."""
    if len(content) > MAX_FILE_BYTES:
        raise DocumentError(text("The file is larger than {limit} MB; a document never is.", limit=MAX_FILE_BYTES // 10**6))
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        raise DocumentError(text("This is not a text file.")) from None
    except json.JSONDecodeError as error:
        raise DocumentError(text("This is not JSON: line {line}, column {column}: {why}.",
                                 line=error.lineno, column=error.colno, why=error.msg)) from None
    except (RecursionError, ValueError):
        raise DocumentError(text("This JSON is nested too deeply, or has a number that is far too long.")) from None


def read_file(path: str | Path) -> bytes:
    """A document file's bytes, or a DocumentError that says what is wrong with the file."""
    try:
        if Path(path).stat().st_size > MAX_FILE_BYTES:
            raise DocumentError(text("{path} is larger than {limit} MB; a document never is.",
                                     path=str(path), limit=MAX_FILE_BYTES // 10**6))
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DocumentError(text("{path} cannot be read: {why}.", path=str(path), why=why)) from None


def read_head(document: Any, kind: str, expected_format: str, version: int) -> dict[str, Any]:
    """The document itself, once its `format` and `version` are those expected; else DocumentError."""
    if not isinstance(document, dict):
        raise DocumentError(text("A {kind} is a JSON object, not {found}.", kind=kind, found=_kind_of(document)))
    if document.get("format") != expected_format:
        raise DocumentError(text('This is no {kind}: its "format" should be "{format}".', kind=kind, format=expected_format))
    if document.get("version") != version or isinstance(document.get("version"), bool):
        raise DocumentError(text("This {kind} has version {found}; this Layerscope reads version {version}.",
                                 kind=kind, found=str(document.get("version"))[:40], version=version))
    return document


def _as_json(document: Any) -> Any:
    """A deep copy of plain data, as JSON would give it back; so that nobody else can change it later."""
    try:
        content = json.dumps(document)
    except (TypeError, ValueError, RecursionError):
        raise DocumentError(text("A document holds only what JSON can: text, numbers, true, false, lists and objects.")) from None
    return parse_json(content)


def _read_network(document: Any, depth: int) -> Network:
    if depth > MAX_NESTING:
        raise DocumentError(text("Definitions are nested more than {limit} deep.", limit=MAX_NESTING))
    head = dict(read_head(document, "network", FORMAT, VERSION))
    del head["format"], head["version"]
    definitions = _take(head, "definitions", dict, {})
    nodes = tuple(_read_node(item, i) for i, item in enumerate(_take(head, "nodes", list)))
    _refuse_twins([node.id for node in nodes])
    return Network(
        name=_checked_text(_take(head, "name", str, "Untitled"), "name"),
        nodes=nodes,
        edges=tuple(_read_edge(item, i) for i, item in enumerate(_take(head, "edges", list))),
        outputs=tuple(_checked_text(item, "outputs") for item in _take(head, "outputs", list, [])),
        definitions={_checked_text(name, "definitions"): _read_network(inner, depth + 1)
                     for name, inner in definitions.items()},
        extra=head,
    )


def _read_node(item: Any, index: int) -> Node:
    item = _object(item, f"nodes[{index}]")
    place = item.pop("at", None)
    return Node(
        id=_checked_text(_take(item, "id", str, where=f"nodes[{index}]"), f"nodes[{index}].id"),
        block=_checked_text(_take(item, "block", str, where=f"nodes[{index}]"), f"nodes[{index}].block"),
        params=_take(item, "params", dict, {}, where=f"nodes[{index}]"),
        at=_read_place(place, index),
        extra=item,
    )


def _read_place(place: Any, index: int) -> tuple[float, float] | None:
    if place is None:
        return None
    sound = isinstance(place, list) and len(place) == 2 and all(
        isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e9 for v in place)
    if not sound:
        raise DocumentError(text("nodes[{index}].at should be two numbers, [x, y].", index=index))
    return (place[0], place[1])


def _read_edge(item: Any, index: int) -> Edge:
    item, where = _object(item, f"edges[{index}]"), f"edges[{index}]"
    return Edge(
        source=_checked_text(_take(item, "from", str, where=where), where),
        target=_checked_text(_take(item, "to", str, where=where), where),
        source_port=_take(item, "from_port", int, 0, where=where),
        target_port=_take(item, "port", int, 0, where=where),
        extra=item,
    )


def _refuse_twins(ids: list[str]) -> None:
    seen: set[str] = set()
    for node_id in ids:
        if node_id in seen:
            raise DocumentError(text("Two nodes are called {name}; every node needs a name of its own.", name=node_id[:80]))
        seen.add(node_id)


def _object(item: Any, where: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise DocumentError(text("{where} should be a JSON object, not {found}.", where=where, found=_kind_of(item)))
    return dict(item)


_REQUIRED = object()


def _take(item: dict[str, Any], name: str, kind: type, default: Any = _REQUIRED, where: str = "the document") -> Any:
    """Remove and return `item[name]`, a value of this kind; DocumentError where it is missing or another."""
    value = item.pop(name, default)
    if value is _REQUIRED:
        raise DocumentError(text('{where} has no "{name}".', where=where, name=name))
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DocumentError(text('"{name}" in {where} should be {expected}, not {found}.', name=name, where=where,
                                 expected=_KINDS[kind], found=_kind_of(value)))
    return value


def _checked_text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise DocumentError(text("{where} should hold text, not {found}.", where=where, found=_kind_of(value)))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DocumentError(text("{where} holds characters that are no valid Unicode.", where=where)) from None
    return value


_KINDS = {dict: "an object", list: "a list", str: "text", int: "a whole number"}


def _kind_of(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return _KINDS.get(type(value), "a number")


def _plain(value: Any) -> Any:
    """Mappings and tuples as JSON has them: dicts and lists."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


