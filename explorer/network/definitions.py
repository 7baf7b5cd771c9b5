"""What a composite node is made of: its definition, found by name, or what its block expands into. No torch."""

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

    Equal ones say the same; that is read off digests, since a scope is part of what an analysis is remembered by.
    """

    definitions: Mapping[str, Network] = field(default_factory=dict)
    outer: Scope | None = None

    @classmethod
    def of(cls, net: Network, outer: Scope | None = None) -> Scope:
        """The scope of the nodes of `net`; the same as around it where it brings no definitions of its own."""
        return cls(net.definitions, outer) if net.definitions or outer is None else outer

    def find(self, name: Any) -> tuple[Network, Scope] | None:
        """The definition of this name, and the scope of its own nodes."""
        if isinstance(name, str) and name in self.definitions:
            if name not in self._inner:
                self._inner[name] = Scope.of(self.definitions[name], self)
            return self.definitions[name], self._inner[name]
        return self.outer.find(name) if self.outer else None

    @cached_property
    def _inner(self) -> dict[str, Scope]:
        """The scopes of its definitions' nodes, as far as they were asked for."""
        return {}

    @cached_property
    def sizes(self) -> dict[_Place, tuple[int, int]]:
        """What was counted in this scope before (see `_count`), so that a definition is gone through once."""
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
    """What a composite node is made of. `is_own` tells a person's definition from a ready-made block."""

    net: Network
    scope: Scope
    is_own: bool


def open_node(node: Node, params: Mapping[str, Any], in_shapes: tuple[Shape, ...], scope: Scope) -> Inside:
    """The network inside a composite node whose definition is sound (see `check_definition`)."""
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
    """`count` copies of a definition behind one another: r0, r1, ..."""
    copies = ((f"r{i}", "composite", {"definition": definition}) for i in range(count))
    return chain(definition, ("input", "input", {}), *copies)


def ports_of(node: Node, scope: Scope) -> tuple[tuple[str, ...], bool]:
    """The names of a node's input ports, and whether the last may be repeated. The node's block is a known one."""
    if node.block == "composite":
        found = scope.find(node.params.get("definition"))
        return (found[0].inputs if found else ("input",)), False
    block = BLOCKS.get(node.block)
    return block.inputs, block.variadic


def outputs_of(node: Node, scope: Scope) -> tuple[str, ...]:
    """The names of a node's output ports. The node's block is a known one."""
    if node.block == "composite":
        found = scope.find(node.params.get("definition"))
        return found[0].outputs if found and found[0].outputs else ("output",)
    return BLOCKS.get(node.block).outputs


def check_definition(node: Node, params: Mapping[str, Any], scope: Scope) -> Problem | None:
    """Why a composite node cannot be opened, found before anything is expanded; or None."""
    name = params["definition"]
    found = scope.find(name)
    if found is None:
        return Problem(text("There is no block of your own called {name} in this network.{hint}",
                            name=name[:60], hint=did_you_mean(name, scope.names())), address=node.id)
    definition = found[0]
    if not definition.outputs:
        return Problem(text("{name} has no output, so nothing comes out of it.", name=name[:60]), address=node.id)
    for ends, what in ((definition.inputs, text("inputs")), (definition.outputs, text("outputs"))):
        if params["repeat"] > 1 and len(ends) != 1:
            return Problem(text("Only a block with one input and one output can be repeated; {name} has "
                                "{count} {ends}.", name=name[:60], count=len(ends), ends=what), address=node.id)
    if not definition.inputs:
        return Problem(text("{name} has no input, so nothing can flow through it.", name=name[:60]), address=node.id)
    return _check_size(node, scope)


def sizes_of_own(net: Network, scope: Scope) -> dict[str, int]:
    """{id: nodes after expansion} of the nodes made of definitions, but for those at fault or too large by themselves.

    A node counts itself and all that is inside it; ready-made blocks inside count as one node.
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
    """How often the definition of a composite node is repeated; 1 where the setting says nothing sensible."""
    try:
        return _REPEAT.parse(node.params.get("repeat", _REPEAT.default))
    except BadValue:
        return _REPEAT.default


def _check_size(node: Node, scope: Scope) -> Problem | None:
    try:
        count = _count(node, scope, (), scope.sizes)[0]
    except _Circular as error:
        walk = " → ".join(name[:30] for name in error.walk)
        return Problem(text("{name} contains itself: {walk}. A block is made of other blocks.",
                            name=error.walk[0][:60], walk=walk), address=node.id)
    except _TooDeep:
        return Problem(text("Blocks are nested more than {limit} deep.", limit=MAX_NESTING), address=node.id)
    if count > MAX_NODES:
        return Problem(text("{name} would expand to {count} nodes; a network has at most {limit:,}.",
                            name=node.id, count=format_count(count), limit=MAX_NODES), address=node.id)
    return None


class _Circular(Exception):
    """A definition contains itself; `walk` names the definitions on the way round."""

    def __init__(self, walk: list[str]) -> None:
        super().__init__(walk)
        self.walk = walk


class _TooDeep(Exception):
    pass


def _count(
    node: Node, scope: Scope, way: tuple[tuple[str, _Place], ...], known: dict[_Place, tuple[int, int]],
) -> tuple[int, int]:
    """(nodes after expansion, levels of nesting) of a composite node; ready-made blocks count as one node.

    way: the definitions around it. known: the same of the insides that were counted before, so that definitions that
    use one another many times are gone through once each.
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
    """The definitions that a network names and does not hold itself; its own definitions name some, too."""
    named = {node.params.get("definition") for node in net.nodes if node.block == "composite"}
    inner = (names_used(definition) for definition in net.definitions.values())
    return {name for name in named if isinstance(name, str)}.union(*inner) - net.definitions.keys()


def with_names(net: Network, names: Mapping[str, str]) -> Network:
    """The network where each use of a definition around it names another instead. names: {old: new}."""
    names = {old: new for old, new in names.items() if old != new and old not in net.definitions}
    if names.keys().isdisjoint(names_used(net)):
        return net
    nodes = tuple(replace(node, params={**node.params, "definition": names[name]})
                  if node.block == "composite" and (name := node.params.get("definition")) in names else node
                  for node in net.nodes)
    return net.with_(nodes=nodes, definitions={key: with_names(inner, names) for key, inner in net.definitions.items()})
