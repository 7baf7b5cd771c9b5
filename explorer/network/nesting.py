"""Edits inside a composite node: they change its definition everywhere, and record moved addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from explorer.blocks import Signal
from explorer.document import Network, Node
from explorer.network.check import analyze
from explorer.network.definitions import MAX_NODES, Scope, names_used, repeats, with_names

Change = Callable[[Network], Network]


def within(net: Network, path: tuple[str, ...], change: Change) -> Network:
    """Apply a change to the definition of the composite node at the end of `path`.

    The change gets the definitions around it, and inputs of the shapes at this use of it. Copies of a repeated block
    are steps of the path (`block1`, `r0`). Addresses that the change moves are recorded for every use of the
    definition. Raises KeyError if a step of the path is not a block of the user's own.
    """
    before, signals = definition_at(net, path), _signals_into(net, path)
    (changed,) = _change([net], _without_copies(net, path),
                         lambda definition: _with_input_shapes(definition, signals, change))
    after = definition_at(changed, path)
    new_moves = after.moves[len(before.moves):]
    if not new_moves:
        return changed
    (changed,) = _change([changed], _without_copies(changed, path),
                         lambda definition: definition.with_(moves=before.moves))
    definition = definition_at(changed, path)
    prefixes = _uses(changed, Scope.of(changed), definition, {})
    moves = tuple({prefix + old: prefix + new for prefix in prefixes for old, new in move.items()}
                  for move in new_moves)
    return changed.with_(moves=(*changed.moves, *moves))


def definition_at(net: Network, path: tuple[str, ...]) -> Network:
    """Return the definition of the composite node at the end of `path`. Raises KeyError."""
    scope, current = Scope.of(net), net
    for node_id in _without_copies(net, path):
        found = scope.find(current.node(node_id).params.get("definition"))
        if found is None:
            raise KeyError(node_id)
        current, scope = found
    return current


def self_contained(net: Network, name: str) -> Network:
    """Return a definition with every definition that it uses, as a network of its own. Raises KeyError."""
    needed, queue = {}, [net.definitions[name]]
    while queue:
        for used in names_used(queue.pop()):
            if used in net.definitions and used not in needed:
                needed[used] = net.definitions[used]
                queue.append(needed[used])
    needed.pop(name, None)
    definition = net.definitions[name]
    return definition.with_(definitions={**needed, **definition.definitions})


def rename_definition(net: Network, name: str, to: str) -> Network:
    """Rename a definition of the network wherever it is used. Raises KeyError."""
    definition = net.definitions[name].with_(name=to)
    inner = {to if key == name else key: definition if key == name else value
             for key, value in net.definitions.items()}
    renamed = net.with_(definitions=inner)
    return with_names(renamed, {name: to})


def with_repeat_moves(before: Network, after: Network, node_id: str) -> Network:
    """Return `after` with the moved addresses of a block that began or stopped repeating."""
    repeated = [repeats(net.node(node_id)) > 1 for net in (before, after)]
    node = before.node(node_id)
    found = Scope.of(before).find(node.params.get("definition")) if node.block == "composite" else None
    if found is None or repeated[0] == repeated[1]:
        return after
    single = [f"{node_id}.{node.id}" for node in found[0].nodes]
    copy = [f"{node_id}.r0.{node.id}" for node in found[0].nodes]
    pairs = zip(single, copy) if repeated[1] else zip(copy, single)
    return after.with_(moves=(*after.moves, dict(pairs)))


def _without_copies(net: Network, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path without the steps into copies, which all have the same definition."""
    steps, scope, current, repeated = [], Scope.of(net), net, False
    for node_id in path:
        if repeated:
            repeated = False
            continue
        node = current.node(node_id)
        found = scope.find(node.params.get("definition")) if node.block == "composite" else None
        if found is None:
            raise KeyError(node_id)
        (current, scope), repeated = found, repeats(node) > 1
        steps.append(node_id)
    return tuple(steps)


def _change(around: list[Network], path: tuple[str, ...], change: Change) -> list[Network]:
    """Apply the change at the end of the path from the last of these networks; outermost first.

    A definition may be in any of the networks around the node that names it, not only in the nearest.
    """
    if not path:
        return [*around[:-1], _seeing(around[:-1], around[-1], change)]
    name = around[-1].node(path[0]).params["definition"]
    place = max(i for i, net in enumerate(around) if name in net.definitions)
    *outer, definition = _change([*around[:place + 1], around[place].definitions[name]], path[1:], change)
    outer[place] = replace(outer[place], definitions={**outer[place].definitions, name: definition})
    return [*outer, *around[place + 1:]]


def _seeing(around: list[Network], definition: Network, change: Change) -> Network:
    """Apply a change to a definition that includes the definitions around it for the time."""
    lent = {name: outer for net in around for name, outer in net.definitions.items()
            if name not in definition.definitions}
    after = change(definition.with_(definitions={**lent, **definition.definitions}))
    return after.with_(definitions={name: kept for name, kept in after.definitions.items() if lent.get(name) != kept})


def _signals_into(net: Network, path: tuple[str, ...]) -> Mapping[str, Signal]:
    """Return the signals into the block at the end of a path; into the first copy if it is repeated."""
    opened = analyze(net).at(path)
    if opened is not None and opened.net != definition_at(net, path):
        opened = opened.analysis.inside.get("r0")
    return opened.analysis.signals if opened is not None else {}


def _with_input_shapes(definition: Network, signals: Mapping[str, Signal], change: Change) -> Network:
    """Apply a change to a definition whose inputs have the shapes that reach them for the time."""
    shaped = {name: {**definition.node(name).params, "shape": list(signals[name].shape), "dtype": signals[name].dtype}
              for name in definition.inputs if name in signals}
    after = change(_with_params(definition, shaped))
    return _with_params(after, {name: definition.node(name).params for name, params in shaped.items()
                                if name in after.by_id and after.node(name).params == params})


def _with_params(net: Network, params: Mapping[str, Mapping[str, Any]]) -> Network:
    """Replace the settings of some nodes."""
    return net.with_(nodes=tuple(replace(node, params=params.get(node.id, node.params)) for node in net.nodes))


def _uses(net: Network, scope: Scope, definition: Network, known: dict[tuple[int, int], list[str]]) -> list[str]:
    """Find the address prefixes under which a definition is expanded in the network; the first ones if too many.

    known: results for networks that were visited, by identity, so that one that contains itself is visited once.
    """
    place = id(net), id(scope)
    if place not in known:
        known[place] = uses = []
        for node in net.nodes:
            found = scope.find(node.params.get("definition")) if node.block == "composite" else None
            if found is not None:
                below = [*([""] if found[0] is definition else []), *_uses(*found, definition, known)]
                prefixes = (inside + rest for rest in below for inside in _prefixes(node))
                uses += islice(prefixes, MAX_NODES - len(uses))
    return known[place]


def _prefixes(node: Node) -> Iterator[str]:
    count = repeats(node)
    return (f"{node.id}.r{i}." for i in range(count)) if count > 1 else iter([f"{node.id}."])
