"""Checks that need no shapes: names, settings, connections and order. No torch."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import (
    AddInput,
    Connect,
    DropParam,
    Edge,
    Fix,
    Network,
    Node,
    Problem,
    RemoveEdge,
    RenameNode,
    SetInit,
    check_id,
    free_id,
)
from explorer.document.initializations import INITIALIZATIONS, NOT_OF_A_NODE, read_init
from explorer.formatting import format_shape
from explorer.network.definitions import MAX_NODES, Scope, check_definition, outputs_of, ports_of
from explorer.network.ends import check_ends
from explorer.network.reach import upstream
from explorer.spec import BadValue, ParamSpec, did_you_mean
from explorer.text import Text, text

MAX_EDGES = 50_000
MAX_PROBLEMS = 200  # shown of one network; more would help nobody and take long to find


@dataclass(frozen=True)
class Structure:
    """The valid part of a network. `order` starts at the inputs; `params` are checked and complete.

    `problems` are at most MAX_PROBLEMS + 1; the last one only shows that there are more.
    """

    order: tuple[str, ...]
    params: Mapping[str, Mapping[str, Any]]
    problems: tuple[Problem, ...]


def examine(net: Network, scope: Scope | None = None) -> Structure:
    """Find the order, the settings and every problem that shows without shapes. Never raises on a bad graph.

    `scope` holds the definitions that its nodes may name; without it, the network's own.
    """
    scope = scope or Scope.of(net)
    if len(net.nodes) > MAX_NODES:
        message = text("The network has {count:,} nodes; at most {limit:,} are allowed.",
                       count=len(net.nodes), limit=MAX_NODES)
        return Structure((), {}, (Problem(message),))
    if len(net.edges) > MAX_EDGES:
        message = text("The network has {count:,} connections; at most {limit:,} are allowed.",
                       count=len(net.edges), limit=MAX_EDGES)
        return Structure((), {}, (Problem(message),))
    if len(net.by_id) < len(net.nodes):
        return Structure((), {}, _first(_check_twins(net)))
    params: dict[str, Mapping[str, Any]] = {}
    order, cycle = _order(net)
    problems = _first(_check_nodes(net, scope, params), _check_edges(net, scope), _check_ports(net, scope),
                      _check_cycle(cycle), check_ends(net, scope))
    return Structure(tuple(order), params, problems)


def _first(*checks: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(islice(chain(*checks), MAX_PROBLEMS + 1))


def _check_twins(net: Network) -> Iterator[Problem]:
    for name, count in Counter(node.id for node in net.nodes).items():
        if count > 1:
            yield Problem(text(
                "Two nodes are named {name}; every node needs its own name.", name=name[:60]), address=name)


def _check_nodes(net: Network, scope: Scope, params: dict[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield the problems of names and settings; `params` takes up the settings of each node that has none."""
    for node in net.nodes:
        if message := check_id(node.id):
            yield Problem(message, _rename_fix(net, node), node.id)
        if node.block not in BLOCKS:
            yield Problem(text("There is no block called {name}.{hint}", name=node.block[:60],
                               hint=did_you_mean(node.block, BLOCKS.names())), address=node.id)
            continue
        values, problems = _check_params(node)
        if not problems and node.block == "composite" and (problem := check_definition(node, values, scope)):
            problems.append(problem)
        yield from problems
        if node.init and (message := _check_init(node.init)):
            yield Problem(message, Fix(text("Use the recipe's"), (SetInit(node.id, ""),)), node.id)
        if not problems:
            params[node.id] = values


def _check_init(line: str) -> Text | None:
    """Return what is wrong with a node's own initialization, or None."""
    try:
        name = read_init(line).name
    except BadValue as error:
        return error.sentence
    if name not in NOT_OF_A_NODE:
        return None
    return text("{title} needs the data, so it can only be set for the whole network, not for one block.",
                title=INITIALIZATIONS.get(name).title)


def _rename_fix(net: Network, node: Node) -> Fix:
    name = free_id(node.id, net.by_id)
    return Fix(text("Rename to {name}", name=name), (RenameNode(node.id, name),))


def _check_params(node: Node) -> tuple[dict[str, Any], list[Problem]]:
    specs = {spec.name: spec for spec in BLOCKS.get(node.block).params}
    values: dict[str, Any] = {}
    problems = []
    for name in islice((name for name in node.params if name not in specs), MAX_PROBLEMS + 1):
        problems.append(Problem(
            text("{block} has no setting called {name}.{hint}", block=BLOCKS.get(node.block).title,
                 name=name[:60], hint=did_you_mean(name, list(specs))),
            Fix(text("Remove {name}", name=name[:60]), (DropParam(node.id, name),)), node.id))
    for name, spec in specs.items():
        try:
            values[name] = spec.parse(node.params[name]) if name in node.params else spec.default
        except BadValue as error:
            problems.append(Problem(error.sentence, Fix(
                text("Use the default, {value}", value=_default_text(spec)), (DropParam(node.id, name),)), node.id))
    return values, problems


def _default_text(spec: ParamSpec) -> str | Text:
    if spec.default is None:
        return text("left empty")
    return format_shape(spec.default) if isinstance(spec.default, tuple) else str(spec.default)


def _check_edges(net: Network, scope: Scope) -> Iterator[Problem]:
    for index, edge in enumerate(net.edges):
        remove = Fix(text("Remove the connection"), (RemoveEdge(index),))
        for end, other in ((edge.source, edge.target), (edge.target, edge.source)):
            if end not in net.by_id:
                yield Problem(
                    text("A connection leads to a node named {name}, which does not exist.", name=end[:60]),
                    remove, other if other in net.by_id else "")
        source = net.by_id.get(edge.source)
        count = len(outputs_of(source, scope)) if source and source.block in BLOCKS else 1
        if source and not 0 <= edge.source_port < count:
            yield Problem(text("{name} has outputs 0 to {last}; a connection starts at port {port}.",
                                            name=edge.source, last=count - 1, port=edge.source_port)
                          if count > 1 else
                          text("{name} has one output, port 0; a connection starts at port {port}.",
                               name=edge.source, port=edge.source_port), remove, edge.source)


def _check_ports(net: Network, scope: Scope) -> Iterator[Problem]:
    start = None if net.inputs else Fix(text("Start with an input"), (AddInput((1, 28, 28)),))
    loose = _loose_end(net)
    leading = upstream(net, [loose]) if loose else set()  # where it ends already: no way round
    places = {id(edge): place for place, edge in enumerate(net.edges)}
    for node in net.nodes:
        if node.block in BLOCKS:
            names, variadic = ports_of(node, scope)
            edges = net.edges_into(node.id)
            count = max(len(names), len(edges)) if variadic else len(names)
            yield from _check_connections(node, edges, count, places)
            fed = len({edge.target_port for edge in edges}) if variadic else 0
            yield from _check_open_ports(net, node, names, max(len(names), fed), start,
                                         None if node.id in leading else loose)


def _loose_end(net: Network) -> str | None:
    """Return the only node whose result is not used, or None if there is not exactly one."""
    outputs = set(net.outputs)
    loose = [node.id for node in net.nodes if not net.edges_out_of(node.id) and node.id not in outputs]
    return loose[0] if len(loose) == 1 else None


def _check_connections(
    node: Node, edges: tuple[Edge, ...], count: int, places: Mapping[int, int],
) -> Iterator[Problem]:
    """Yield the problems of connections that reach a node: a port it does not have, a port that is taken.

    places: the index of each connection in the network's list, by identity.
    """
    block, taken = BLOCKS.get(node.block), set()
    for edge in edges:
        if not 0 <= edge.target_port < count:
            message = text("{block} has no input port {port}.", block=block.title, port=edge.target_port)
        elif edge.target_port in taken:
            message = text("Two connections reach the same input of {name}. Remove one of them.", name=node.id)
        else:
            taken.add(edge.target_port)
            continue
        yield Problem(message, Fix(text("Remove the connection"), (RemoveEdge(places[id(edge)]),)), node.id)


def _check_open_ports(
    net: Network, node: Node, names: tuple[str, ...], count: int, start: Fix | None, loose: str | None,
) -> Iterator[Problem]:
    """Yield ports without a connection. start: the fix if the network has no input. loose: a node to connect."""
    edges = net.edges_into(node.id)
    fed = {edge.target_port for edge in edges}
    for port in range(count):
        if port not in fed:
            fix = start if port == 0 and not edges else None
            if fix is None and loose:
                fix = Fix(text("Connect {name}", name=loose), (Connect(loose, node.id, port),))
            yield Problem(text("Nothing is connected to the {port} of {name}.",
                               port=_port_name(names, port), name=node.id), fix, node.id)


def _port_name(names: tuple[str, ...], port: int) -> str:
    if len(names) == 1:
        return names[0]
    return f"{names[port]} input" if port < len(names) else f"input {port + 1}"


def _order(net: Network) -> tuple[list[str], list[str]]:
    """Sort nodes so that inputs come first (ties in document order); also return the nodes of a cycle, if any."""
    place = {node.id: i for i, node in enumerate(net.nodes)}
    waits = dict.fromkeys(place, 0)
    feeds: dict[str, list[str]] = {node_id: [] for node_id in place}
    for edge in net.edges:
        if edge.source in place and edge.target in place:
            waits[edge.target] += 1
            feeds[edge.source].append(edge.target)
    ready = [place[node_id] for node_id, count in waits.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        node_id = net.nodes[heapq.heappop(ready)].id
        order.append(node_id)
        for target in feeds[node_id]:
            waits[target] -= 1
            if waits[target] == 0:
                heapq.heappush(ready, place[target])
    return order, _find_cycle(feeds, {n for n, count in waits.items() if count > 0})


def _find_cycle(feeds: Mapping[str, list[str]], stuck: set[str]) -> list[str]:
    """Find one cycle among nodes that wait for each other, starting at its first node in the document; or []."""
    before = {target: source for source in feeds if source in stuck for target in feeds[source]}
    path: dict[str, int] = {}
    node_id = min(stuck, default=None)
    while node_id is not None and node_id not in path:  # walking backwards must meet itself: every stuck node waits
        path[node_id] = len(path)
        node_id = before[node_id]
    if node_id is None:
        return []
    cycle = list(path)[path[node_id]:][::-1]
    members = set(cycle)
    start = cycle.index(next(name for name in feeds if name in members))
    return cycle[start:] + cycle[:start]


def _check_cycle(cycle: list[str]) -> list[Problem]:
    if not cycle:
        return []
    walk = " → ".join([*cycle[:6], "…"] if len(cycle) > 6 else [*cycle, cycle[0]])
    message = text("The connections form a cycle: {walk}. Data must flow one way through a network.", walk=walk)
    return [Problem(message, address=cycle[0])]
