"""Insides of composite nodes: a definition, found by name, or the expansion of the block. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import Network, Node, Problem, Shape, chain
from explorer.formatting import format_count
from explorer.spec import BadValue, did_you_mean
from explorer.text import text

MAX_NODES = 5_000
MAX_NESTING = 8

_REPEAT = next(spec for spec in BLOCKS.get("composite").params if spec.name == "repeat")
_Place = tuple[int, int]  # the identities of a definition and of the scope that its nodes stand in


@dataclass(frozen=True, eq=False)
class Scope:
    """The definitions that a network's nodes may name: its own, then those of the networks around it.

    Scopes are compared by digest, because a scope is part of the key under which an analysis is cached.
    """

    definitions: Mapping[str, Network] = field(default_factory=dict)
    outer: Scope | None = None

    @classmethod
    def of(cls, net: Network, outer: Scope | None = None) -> Scope:
        """Return the scope of the nodes of `net`; that around it if it has no definitions of its own."""
        return cls(net.definitions, outer) if net.definitions or outer is None else outer

    def find(self, name: Any) -> tuple[Network, Scope] | None:
        """Find the definition of this name, and the scope of its own nodes."""
        if isinstance(name, str) and name in self.definitions:
            if name not in self._inner:
                self._inner[name] = Scope.of(self.definitions[name], self)
            return self.definitions[name], self._inner[name]
        return self.outer.find(name) if self.outer else None

    @cached_property
    def _inner(self) -> dict[str, Scope]:
        """The scopes of its definitions' nodes that were needed so far."""
        return {}

    @cached_property
    def sizes(self) -> dict[_Place, tuple[int, int]]:
        """The counts in this scope so far (see `_count`), so that a definition is visited once."""
        return {}

    def names(self) -> list[str]:
        return [*self.definitions, *(self.outer.names() if self.outer else [])]

    @cached_property
    def _digest(self) -> str:
        own = sorted((name, definition.digest) for name, definition in self.definitions.items())
        return hashlib.sha256(repr((own, self.outer and self.outer._digest)).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Scope) and self._digest == other._digest)

    def __hash__(self) -> int:
        return hash(self._digest)


@dataclass(frozen=True)
class Inside:
    """The inside of a composite node. `is_own`: the user's own definition, not a ready-made block."""

    net: Network
    scope: Scope
    is_own: bool


def open_node(node: Node, params: Mapping[str, Any], in_shapes: tuple[Shape, ...], scope: Scope) -> Inside:
    """Return the network inside a composite node whose definition is valid (see `check_definition`)."""
    if node.block != "composite":
        net = _expand(node.block, tuple(params.items()), in_shapes)
        return Inside(net, Scope.of(net), is_own=False)
    net, inner = scope.find(params["definition"])
    if params["repeat"] > 1:
        return Inside(_repeated(params["definition"], params["repeat"]), scope, is_own=True)
    return Inside(net, inner, is_own=True)


@lru_cache(maxsize=1024)
def _expand(block: str, items: tuple[tuple[str, Any], ...], in_shapes: tuple[Shape, ...]) -> Network:
    return BLOCKS.get(block).expand(dict(items), in_shapes)


@lru_cache(maxsize=256)
def _repeated(definition: str, count: int) -> Network:
    """Chain `count` copies of a definition: r0, r1, ..."""
    copies = ((f"r{i}", "composite", {"definition": definition}) for i in range(count))
    return chain(definition, ("input", "input", {}), *copies)


def ports_of(node: Node, scope: Scope) -> tuple[tuple[str, ...], bool]:
    """Return the names of a node's input ports, and whether the last may repeat. Its block must exist."""
    if node.block == "composite":
        found = scope.find(node.params.get("definition"))
        return (found[0].inputs if found else ("input",)), False
    block = BLOCKS.get(node.block)
    return block.inputs, block.variadic


def outputs_of(node: Node, scope: Scope) -> tuple[str, ...]:
    """Return the names of a node's output ports. Its block must exist."""
    if node.block == "composite":
        found = scope.find(node.params.get("definition"))
        return found[0].outputs if found and found[0].outputs else ("output",)
    return BLOCKS.get(node.block).outputs


def check_definition(node: Node, params: Mapping[str, Any], scope: Scope) -> Problem | None:
    """Return the problem that keeps a composite node from being opened, or None; nothing is expanded for it."""
    name = params["definition"]
    found = scope.find(name)
    if found is None:
        return Problem(text("There is no block of your own named {name} in this network.{hint}",
                            name=name[:60], hint=did_you_mean(name, scope.names())), address=node.id)
    definition = found[0]
    if not definition.outputs:
        return Problem(text("{name} has no output. Open it and add one.", name=name[:60]), address=node.id)
    for ends, what in ((definition.inputs, text("inputs")), (definition.outputs, text("outputs"))):
        if params["repeat"] > 1 and len(ends) != 1:
            return Problem(text("Only a block with one input and one output can be repeated; {name} has "
                                "{count} {ends}.", name=name[:60], count=len(ends), ends=what), address=node.id)
    if not definition.inputs:
        return Problem(text("{name} has no input. Open it and add one.", name=name[:60]), address=node.id)
    return _check_size(node, scope)


def sizes_of_own(net: Network, scope: Scope) -> dict[str, int]:
    """Count {id: nodes after expansion} of the nodes with definitions, except invalid or too large ones.

    A node counts itself and all nodes inside it; ready-made blocks inside count as one.
    """
    sizes, faulty = {}, set()
    for node in net.nodes:
        definition = node.params.get("definition")
        if node.block == "composite" and isinstance(definition, str) and definition not in faulty:
            try:
                sizes[node.id] = _count(node, scope, (), scope.sizes)[0]
            except (_Circular, _TooDeep):
                faulty.add(definition)
    return {node_id: count for node_id, count in sizes.items() if count <= MAX_NODES}


def repeats(node: Node) -> int:
    """Return how often the definition of a composite node is repeated; 1 if the setting is invalid."""
    try:
        return _REPEAT.parse(node.params.get("repeat", _REPEAT.default))
    except BadValue:
        return _REPEAT.default


def _check_size(node: Node, scope: Scope) -> Problem | None:
    try:
        count = _count(node, scope, (), scope.sizes)[0]
    except _Circular as error:
        walk = " → ".join(name[:30] for name in error.walk)
        return Problem(text("{name} contains itself: {walk}. A block can only contain other blocks.",
                            name=error.walk[0][:60], walk=walk), address=node.id)
    except _TooDeep:
        return Problem(text("Blocks are nested more than {limit} deep.", limit=MAX_NESTING), address=node.id)
    if count > MAX_NODES:
        return Problem(text("{name} would expand to {count} nodes; a network has at most {limit:,}.",
                            name=node.id, count=format_count(count), limit=MAX_NODES), address=node.id)
    return None


class _Circular(Exception):
    """An error for a definition that contains itself; `walk` names the definitions of the cycle."""

    def __init__(self, walk: list[str]) -> None:
        super().__init__(walk)
        self.walk = walk


class _TooDeep(Exception):
    pass


def _count(
    node: Node, scope: Scope, way: tuple[tuple[str, _Place], ...], known: dict[_Place, tuple[int, int]],
) -> tuple[int, int]:
    """Count (nodes after expansion, levels of nesting) of a composite node; ready-made blocks count as one node.

    way: the definitions around it. known: counts of the definitions so far, so that each is visited once however often
    it is used.
    """
    found = scope.find(node.params.get("definition"))
    if found is None:
        return 1, 0
    (definition, inner), name = found, node.params["definition"]
    place, around = (id(definition), id(inner)), [place for _, place in way]
    if place in around:
        raise _Circular([*(n for n, _ in way[around.index(place):]), name])
    if place not in known:
        deeper = (*way, (name, place))
        if len(deeper) > MAX_NESTING:
            raise _TooDeep
        sizes = [_count(child, inner, deeper, known) if child.block == "composite" else (1, 0)
                 for child in definition.nodes]
        known[place] = sum(count for count, _ in sizes), max((levels for _, levels in sizes), default=0)
    count, levels = known[place]
    if len(way) + 1 + levels > MAX_NESTING:
        raise _TooDeep
    copies = repeats(node)
    return (1 + count if copies == 1 else 2 + copies * (1 + count)), levels + 1  # copies stand behind an input


def names_used(net: Network) -> set[str]:
    """Find the definitions that a network or its own definitions name but it does not contain."""
    named = {node.params.get("definition") for node in net.nodes if node.block == "composite"}
    inner = (names_used(definition) for definition in net.definitions.values())
    return {name for name in named if isinstance(name, str)}.union(*inner) - net.definitions.keys()


def with_names(net: Network, names: Mapping[str, str]) -> Network:
    """Rename the definitions around a network in all its nodes. names: {old: new}."""
    names = {old: new for old, new in names.items() if old != new and old not in net.definitions}
    if names.keys().isdisjoint(names_used(net)):
        return net
    nodes = tuple(replace(node, params={**node.params, "definition": names[name]})
                  if node.block == "composite" and (name := node.params.get("definition")) in names else node
                  for node in net.nodes)
    return net.with_(nodes=nodes, definitions={key: with_names(inner, names) for key, inner in net.definitions.items()})
