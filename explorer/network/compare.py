"""Comparison of two versions of a network by their meaning, not by how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import Edge, Network, Node, free_id
from explorer.network.addresses import translator
from explorer.network.definitions import Scope
from explorer.spec import defaults

Wire = tuple[str, int | None, str, int | None]  # source, its port, target, its port; None for any port
_COPY = re.compile(r"r\d+")  # the level that `repeat` puts into an address


@dataclass(frozen=True)
class Change:
    """One changed field of a node: a setting, or its "block", "init" or "note". None: it has none."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """The difference between two versions of a network.

    `renamed` is {old address: new address}; grouping counts: {"conv1": "block1.conv1"}. `changed` goes by the new
    address. `edges_removed` name their ends as they were. `moved` are nodes with another place on the canvas only.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    moved: tuple[str, ...] = ()
    edges_added: tuple[Edge, ...] = ()
    edges_removed: tuple[Edge, ...] = ()
    outputs_changed: bool = False
    definitions_changed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if both are equivalent; positions on the canvas do not count."""
        return not (self.added or self.removed or self.renamed or self.changed or self.edges_added
                    or self.edges_removed or self.outputs_changed or self.definitions_changed)


@dataclass(frozen=True)
class End:
    """A node of the other network; `is_inside` if it is the composite node around the one that is meant."""

    id: str
    is_inside: bool = False


Ends = Callable[[str], End | None]


def compare(before: Network, after: Network) -> Difference:
    """Find the difference from `before` to `after`. Never raises, even on invalid networks."""
    return _difference(before, after, _pairs(before, after))


def _difference(before: Network, after: Network, pairs: Mapping[str, str]) -> Difference:
    ahead, back = _ends(before, after, pairs), _ends(after, before, {new: old for old, new in pairs.items()})
    nodes = {new: (_node_at(before, old), _node_at(after, new)) for old, new in pairs.items()}
    changed = {new: _changes(*both) for new, both in nodes.items()}
    kept = set(pairs.values())
    return Difference(
        added=tuple(node.id for node in after.nodes if node.id not in kept),
        removed=tuple(node.id for node in before.nodes if node.id not in pairs),
        renamed={old: new for old, new in pairs.items() if old != new},
        changed={new: changes for new, changes in changed.items() if changes},
        moved=tuple(new for old, new in pairs.items() if old in before.by_id and new in after.by_id
                    and before.node(old).at != after.node(new).at),
        edges_added=_only_here(after, before, back, ahead),
        edges_removed=_only_here(before, after, ahead, back),
        outputs_changed=_ids(before.outputs, ahead) != after.outputs and _ids(after.outputs, back) != before.outputs,
        definitions_changed=tuple(name for name in sorted({*before.definitions, *after.definitions})
                                  if _definition_differs(before, after, name)))


def draw_together(before: Network, after: Network) -> tuple[Network, Difference, Mapping[str, str]]:
    """Make one network that draws both: the later one, with removed nodes added again.

    Returns that network, the difference, and {id before: id in the drawing} of the removed nodes.
    """
    pairs = _pairs(before, after)
    difference = _difference(before, after, pairs)
    taken, shadows = set(after.by_id), {}
    for name in difference.removed:
        shadows[name] = free_id(name, taken) if name in taken else name
        taken.add(shadows[name])
    ahead = _ends(before, after, pairs)

    def end(name: str) -> str:
        return shadows.get(name) or _ids((name,), ahead)[0] or name

    together = after.with_(
        nodes=(*after.nodes, *(replace(before.node(name), id=shadow) for name, shadow in shadows.items())),
        edges=(*after.edges, *(replace(edge, source=end(edge.source), target=end(edge.target))
                               for edge in difference.edges_removed)),
        definitions={**before.definitions, **after.definitions})
    return together, difference, shadows


def _pairs(before: Network, after: Network) -> dict[str, str]:
    """Find {old address: new address} of the nodes in both networks, where translation works in both directions."""
    there, back = _finder(before, after), _finder(after, before)
    pairs = {node.id: new for node in before.nodes if (new := there(node.id)) and back(new) == node.id}
    opened = {old: node.id for node in after.nodes if (old := back(node.id)) and there(old) == node.id}
    return pairs | opened


def _finder(source: Network, target: Network) -> Callable[[str], str | None]:
    """Make a function from an address in `source` to that of the same node in `target`, or None."""
    find = translator(source.moves, target.moves)

    def finder(address: str) -> str | None:
        found = find(address)
        if found is None or _node_at(target, found):
            return found
        holds_it = found.startswith(f"{address}.")  # what is inside moved a level down, the block itself stayed
        return address if holds_it and _node_at(target, address) else None

    return finder


def _node_at(net: Network, address: str, around: Scope | None = None) -> Node | None:
    """Find the node at this address, also inside the definitions of composite nodes."""
    if address in net.by_id:
        return net.node(address)
    head, _, rest = address.partition(".")
    holder, scope = net.by_id.get(head), Scope.of(net, around)
    found = scope.find(holder.params.get("definition")) if holder and rest else None
    if found is None:
        return None
    inner, scope = found
    first, _, behind = rest.partition(".")
    return _node_at(inner, behind if behind and _COPY.fullmatch(first) and first not in inner.by_id else rest, scope)


def _changes(before: Node, after: Node) -> tuple[Change, ...]:
    """List the changes of one node; a missing setting counts as the block's default."""
    known = [defaults(BLOCKS.get(node.block).params) if node.block in BLOCKS else {} for node in (before, after)]
    settings = [(name, before.params.get(name, known[0].get(name)), after.params.get(name, known[1].get(name)))
                for name in {**before.params, **after.params}]
    rest = [("block", before.block, after.block), ("init", before.init, after.init), ("note", before.note, after.note)]
    unknown = [(name, before.extra.get(name), after.extra.get(name)) for name in {**before.extra, **after.extra}]
    return tuple(Change(*one) for one in [*rest[:1], *settings, *rest[1:], *unknown]
                 if _as_listed(one[1]) != _as_listed(one[2]))


def _as_listed(value: Any) -> Any:
    """Make values comparable: defaults are tuples where documents have lists, and NaN must equal itself."""
    if isinstance(value, list | tuple):
        return [_as_listed(inner) for inner in value]
    return str(value) if value != value else value


def _ends(source: Network, target: Network, pairs: Mapping[str, str]) -> Ends:
    """Make a function from an id in `source` to the node of `target` that is it or contains it, or None.

    The name of a node that does not exist (invalid networks have such edges) is returned as it is.
    """
    def end(name: str) -> End | None:
        if name not in source.by_id:
            return End(name)
        there = pairs.get(name)
        if there is None or there in target.by_id:
            return there and End(there)
        return End(there.partition(".")[0], is_inside=True)

    return end


def _ids(names: tuple[str, ...], ends: Ends) -> tuple[str | None, ...]:
    return tuple(end.id if (end := ends(name)) else None for name in names)


def _only_here(here: Network, there: Network, ahead: Ends, back: Ends) -> tuple[Edge, ...]:
    """List the edges of `here` that `there` has neither itself nor inside one of its blocks."""
    known_there = {wire for edge in there.edges for wire in _readings(edge)}
    led_back = {_led(edge, back) for edge in there.edges}
    return tuple(edge for edge in here.edges if not (
        _is_kept_inside(edge, ahead) or _led(edge, ahead) in known_there or led_back.intersection(_readings(edge))))


def _is_kept_inside(edge: Edge, ahead: Ends) -> bool:
    source, target = ahead(edge.source), ahead(edge.target)
    return source is not None and source == target and source.is_inside


def _led(edge: Edge, ends: Ends) -> Wire | None:
    """Translate an edge to the other network; at a block that now contains an end, any port matches."""
    source, target = ends(edge.source), ends(edge.target)
    if source is None or target is None:
        return None
    return (source.id, None if source.is_inside else edge.source_port,
            target.id, None if target.is_inside else edge.target_port)


def _readings(edge: Edge) -> set[Wire]:
    """List the edge with its ports, and with any port at either end."""
    return {(edge.source, source_port, edge.target, target_port)
            for source_port in (edge.source_port, None) for target_port in (edge.target_port, None)}


def _definition_differs(before: Network, after: Network, name: str) -> bool:
    old, new = before.definitions.get(name), after.definitions.get(name)
    return old != new and (old is None or new is None or not compare(old, new).is_empty)
