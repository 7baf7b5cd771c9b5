"""What a composite node is made of: its definition, found by name, or what its block expands into. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import Network, Node, Problem, Shape, chain
from explorer.spec import did_you_mean
from explorer.text import count_text, text

MAX_NODES = 5_000
MAX_NESTING = 8


@dataclass(frozen=True)
class Scope:
    """The definitions that a network's nodes may name: its own, then those of the networks around it."""

    definitions: Mapping[str, Network] = field(default_factory=dict)
    outer: Scope | None = None

    @classmethod
    def of(cls, net: Network, outer: Scope | None = None) -> Scope:
        """The scope of the nodes of `net`; the same as around it where it brings no definitions of its own."""
        return cls(net.definitions, outer) if net.definitions or outer is None else outer

    def find(self, name: Any) -> tuple[Network, Scope] | None:
        """The definition of this name, and the scope of its own nodes."""
        if isinstance(name, str) and name in self.definitions:
            return self.definitions[name], Scope.of(self.definitions[name], self)
        return self.outer.find(name) if self.outer else None

    def names(self) -> list[str]:
        return [*self.definitions, *(self.outer.names() if self.outer else [])]

    def __hash__(self) -> int:
        return hash((frozenset(self.definitions.items()), self.outer))


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


def check_definition(node: Node, params: Mapping[str, Any], scope: Scope) -> Problem | None:
    """Why a composite node cannot be opened, found before anything is expanded; or None."""
    name = params["definition"]
    found = scope.find(name)
    if found is None:
        return Problem(node.id, text("There is no block of your own called {name} in this network.{hint}",
                                     name=name[:60], hint=did_you_mean(name, scope.names())))
    definition = found[0]
    if len(definition.outputs) != 1:
        return Problem(node.id, text("{name} must have one output to be used as a block; it has {count}.",
                                     name=name[:60], count=len(definition.outputs)))
    if params["repeat"] > 1 and len(definition.inputs) != 1:
        return Problem(node.id, text("Only a block with one input can be repeated; {name} has {count}.",
                                     name=name[:60], count=len(definition.inputs)))
    if not definition.inputs:
        return Problem(node.id, text("{name} has no input, so nothing can flow through it.", name=name[:60]))
    return _check_size(node, scope)


def sizes_of_own(net: Network, scope: Scope) -> dict[str, int]:
    """{id: nodes after expansion} of the nodes made of definitions, but for those at fault or too large by themselves.

    Ready-made blocks inside count as one node.
    """
    known: dict[int, tuple[int, int]] = {}
    sizes = {}
    for node in net.nodes:
        if node.block == "composite":
            try:
                sizes[node.id] = _measure(node, scope, (), known)[0]
            except (_Circular, _TooDeep):
                continue
    return {node_id: count for node_id, count in sizes.items() if count <= MAX_NODES}


def _check_size(node: Node, scope: Scope) -> Problem | None:
    try:
        count = _measure(node, scope, (), {})[0]
    except _Circular as error:
        return Problem(node.id, text("{name} contains itself: {walk}. A block is made of other blocks.",
                                     name=error.walk[0][:60], walk=" → ".join(name[:30] for name in error.walk)))
    except _TooDeep:
        return Problem(node.id, text("Blocks are nested more than {limit} deep.", limit=MAX_NESTING))
    if count > MAX_NODES:
        return Problem(node.id, text("{name} would expand to {count} nodes; a network has at most {limit:,}.",
                                     name=node.id, count=count_text(count), limit=MAX_NODES))
    return None


class _Circular(Exception):
    """A definition contains itself; `walk` names the definitions on the way round."""

    def __init__(self, walk: list[str]) -> None:
        super().__init__(walk)
        self.walk = walk


class _TooDeep(Exception):
    pass


def _measure(
    node: Node, scope: Scope, way: tuple[tuple[str, int], ...], known: dict[int, tuple[int, int]],
) -> tuple[int, int]:
    """(nodes after expansion, levels of nesting) of a composite node; ready-made blocks count as one node.

    way: (name, identity) of the definitions around it. known: what was measured before, by identity, so that
    definitions that use one another many times are gone through once each.
    """
    found = scope.find(node.params.get("definition"))
    if found is None:
        return 1, 0
    (definition, inner), name = found, node.params["definition"]
    around = [identity for _, identity in way]
    if id(definition) in around:
        raise _Circular([*(n for n, _ in way[around.index(id(definition)):]), name])
    if id(definition) not in known:
        deeper = (*way, (name, id(definition)))
        if len(deeper) > MAX_NESTING:
            raise _TooDeep
        sizes = [_measure(child, inner, deeper, known) if child.block == "composite" else (1, 0)
                 for child in definition.nodes]
        known[id(definition)] = sum(count for count, _ in sizes), max((levels for _, levels in sizes), default=0)
    count, levels = known[id(definition)]
    if len(way) + 1 + levels > MAX_NESTING:
        raise _TooDeep
    repeat = node.params.get("repeat", 1)
    return 1 + count * (max(repeat, 1) if type(repeat) is int else 1), levels + 1


def uses_of(net: Network, name: str) -> Iterator[Node]:
    """The nodes of a network itself that are made of its definition `name`."""
    return (node for node in net.nodes if node.block == "composite" and node.params.get("definition") == name)
