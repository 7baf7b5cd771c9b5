"""Edits of a network document: each takes a network and returns a new one, without checking that it is valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import (
    AddInput,
    AddOutput,
    Connect,
    DropParam,
    Edge,
    Edit,
    Fix,
    InsertAfter,
    InsertBefore,
    Network,
    Node,
    RemoveEdge,
    RemoveNode,
    RemoveOutput,
    RenameNode,
    SetInit,
    SetParam,
    Shape,
    Within,
    free_id,
)
from explorer.network.nesting import with_repeat_moves, within


def apply(net: Network, fix: Fix) -> Network:
    """Apply a fix to a network.

    >>> from explorer.document import Fix, RemoveNode, chain
    >>> from explorer.text import text
    >>> net = chain("x", ("input", "input", {"shape": [4]}), ("relu1", "relu", {}), ("tanh1", "tanh", {}))
    >>> [node.id for node in apply(net, Fix(text("Remove relu1"), (RemoveNode("relu1"),))).nodes]
    ['input', 'tanh1']
    """
    for edit in fix.edits:
        net = apply_edit(net, edit)
    return net


def apply_edit(net: Network, edit: Edit) -> Network:
    """Apply one edit to a network. Raises KeyError if the edit names a node that does not exist."""
    match edit:
        case Within(path, inner):
            return within(net, path, lambda definition: apply_edit(definition, inner))
        case SetInit(node, init):
            return change_node(net, node, init=init)
        case SetParam(node, name, value):
            return set_param(net, node, name, value)
        case DropParam(node, name):
            return drop_param(net, node, name)
        case InsertBefore(node, port, block, params):
            return insert_before(net, node, port, block, params)
        case InsertAfter(node, block, params):
            return insert_after(net, node, block, params)[0]
        case Connect(source, node, port, source_port):
            return connect(net, source, node, port, source_port)
        case RemoveNode(node):
            return remove(net, node)
        case RenameNode(node, to):
            return rename(net, node, to)
        case AddOutput(node):
            return net.with_(outputs=(*net.outputs, node))
        case RemoveOutput(index):
            return net.with_(outputs=net.outputs[:index] + net.outputs[index + 1:])
        case AddInput(shape):
            return add_input(net, shape)
        case RemoveEdge(index):
            return net.with_(edges=net.edges[:index] + net.edges[index + 1:])


def set_param(net: Network, node_id: str, name: str, value: Any) -> Network:
    """Set one parameter. Changing how often a block repeats also moves the addresses inside it."""
    changed = change_node(net, node_id, params={**net.node(node_id).params, name: value})
    return with_repeat_moves(net, changed, node_id)


def drop_param(net: Network, node_id: str, name: str) -> Network:
    """Reset one parameter to its default."""
    kept = {key: value for key, value in net.node(node_id).params.items() if key != name}
    return with_repeat_moves(net, change_node(net, node_id, params=kept), node_id)


def change_node(net: Network, node_id: str, **changes: Any) -> Network:
    """Replace fields of a node other than its connections: `params`, `init`, `note`, `at`."""
    node = replace(net.node(node_id), **changes)
    return net.with_(nodes=tuple(node if old.id == node_id else old for old in net.nodes))


def insert_after(
    net: Network, node_id: str | None, block: str, params: Mapping[str, Any] | None = None,
) -> tuple[Network, str]:
    """Insert a new node after another, on all its outgoing edges and in its place as an output.

    Without `node_id` the new node has no connections. Returns the network and the new node's id.
    """
    new = _fresh(net, block, params or {})
    if node_id is None:
        return net.with_(nodes=(*net.nodes, new), outputs=net.outputs or (new.id,)), new.id
    edges = tuple(replace(edge, source=new.id) if (edge.source, edge.source_port) == (node_id, 0) else edge
                  for edge in net.edges)
    feeds = () if block == "input" else (Edge(node_id, new.id),)
    outputs = tuple(new.id if name == node_id else name for name in net.outputs) or (new.id,)
    return net.with_(nodes=_with_node_after(net, node_id, new), edges=edges + feeds, outputs=outputs), new.id


def insert_before(net: Network, node_id: str, port: int, block: str, params: Mapping[str, Any]) -> Network:
    """Insert a new node on the edge into `port` of a node."""
    new = _fresh(net, block, params)
    place = net.nodes.index(net.node(node_id))
    edges = []
    for edge in net.edges:
        if (edge.target, edge.target_port) == (node_id, port):
            edges.append(Edge(edge.source, new.id, edge.source_port))
            edge = replace(edge, source=new.id, source_port=0)
        edges.append(edge)
    return net.with_(nodes=(*net.nodes[:place], new, *net.nodes[place:]), edges=tuple(edges))


def remove(net: Network, node_id: str) -> Network:
    """Remove a node. If it had one input, the source of that input replaces it everywhere.

    Otherwise its outgoing edges are removed, and the ports of variadic blocks are renumbered.
    """
    net.node(node_id)
    into = net.edges_into(node_id)
    heir = into[0].source if len(into) == 1 and into[0].source != node_id else None
    kept = []
    for edge in net.edges:
        if edge.target == node_id:
            continue
        if edge.source != node_id:
            kept.append(edge)
        elif heir:
            kept.append(replace(edge, source=heir, source_port=into[0].source_port))
    outputs = [heir if name == node_id else name for name in net.outputs]
    smaller = net.with_(
        nodes=tuple(node for node in net.nodes if node.id != node_id), edges=tuple(kept),
        outputs=tuple(dict.fromkeys(name for name in outputs if name is not None)))
    orphans = {edge.target for edge in net.edges_out_of(node_id)} - {node_id} if heir is None else set()
    return _close_ports(smaller, orphans)


def rename(net: Network, node_id: str, to: str) -> Network:
    """Rename a node, in edges and outputs as well; `moves` records the old id."""
    def new(name: str) -> str:
        return to if name == node_id else name

    return net.with_(
        nodes=tuple(replace(node, id=new(node.id)) for node in net.nodes),
        edges=tuple(replace(edge, source=new(edge.source), target=new(edge.target)) for edge in net.edges),
        outputs=tuple(new(name) for name in net.outputs),
        moves=(*net.moves, {node_id: to}))


def move(net: Network, node_id: str, by: int) -> Network:
    """Swap a node with the one before (by=-1) or after it (+1) in a chain; unchanged if there is none."""
    neighbor = _chain_neighbor(net, node_id, by)
    if neighbor is None:
        return net
    first, second = (neighbor, node_id) if by < 0 else (node_id, neighbor)
    return _exchange(net, first, second)


def can_move(net: Network, node_id: str, by: int) -> bool:
    return _chain_neighbor(net, node_id, by) is not None


def connect(net: Network, source: str, target: str, port: int = 0, source_port: int = 0) -> Network:
    """Connect an output of one node to `port` of another, replacing the previous connection."""
    kept = tuple(edge for edge in net.edges if (edge.target, edge.target_port) != (target, port))
    return net.with_(edges=(*kept, Edge(source, target, source_port, port)))


def disconnect(net: Network, target: str, port: int) -> Network:
    """Remove the connection to `port`; the later ports of a variadic block move up."""
    kept = tuple(edge for edge in net.edges if (edge.target, edge.target_port) != (target, port))
    return _close_ports(net.with_(edges=kept), {target})


def add_input(net: Network, shape: Shape) -> Network:
    """Add an input node of this shape, connected to every first port without a connection."""
    new = _fresh(net, "input", {"shape": list(shape)})
    open_nodes = [node.id for node in net.nodes if node.block != "input" and not net.edges_into(node.id)]
    edges = tuple(Edge(new.id, node_id) for node_id in open_nodes)
    return net.with_(nodes=(new, *net.nodes), edges=net.edges + edges, outputs=net.outputs or (new.id,))


def _fresh(net: Network, block: str, params: Mapping[str, Any]) -> Node:
    stem = block.removesuffix("2d").removesuffix("1d")
    return Node(free_id(stem if block == "input" else f"{stem}1", [node.id for node in net.nodes]), block, dict(params))


def _with_node_after(net: Network, node_id: str, new: Node) -> tuple[Node, ...]:
    place = net.nodes.index(net.node(node_id)) + 1
    return (*net.nodes[:place], new, *net.nodes[place:])


def _close_ports(net: Network, targets: set[str]) -> Network:
    """Renumber the ports of these nodes without gaps, if their blocks are variadic."""
    ports = {(node_id, edge.target_port): i for node_id in targets if _is_variadic(net, node_id)
             for i, edge in enumerate(net.edges_into(node_id))}
    return net.with_(edges=tuple(
        replace(edge, target_port=ports.get((edge.target, edge.target_port), edge.target_port)) for edge in net.edges))


def _is_variadic(net: Network, node_id: str) -> bool:
    block = net.by_id[node_id].block if node_id in net.by_id else ""
    return block in BLOCKS and BLOCKS.get(block).variadic


def _chain_neighbor(net: Network, node_id: str, by: int) -> str | None:
    """Return the neighbor of a node if one edge from a first output joins them and neither is an input or merge."""
    edges: Iterable[Edge] = net.edges_into(node_id) if by < 0 else net.edges_out_of(node_id)
    edges = tuple(edges)
    if len(edges) != 1:
        return None
    source, target = edges[0].source, edges[0].target
    singles = all(name in net.by_id and len(net.edges_into(name)) == 1 and net.node(name).block in BLOCKS
                  and not _is_variadic(net, name) for name in (source, target))
    if not singles or len(net.edges_out_of(source)) != 1 or edges[0].source_port:
        return None
    return source if by < 0 else target


def _exchange(net: Network, first: str, second: str) -> Network:
    """Swap two nodes: a → first → second → b becomes a → second → first → b."""
    role = {first: second, second: first}
    edges = []
    for edge in net.edges:
        if (edge.source, edge.target) == (first, second):
            edges.append(replace(edge, source=second, target=first))
        elif edge.target == first:
            edges.append(replace(edge, target=second))
        elif edge.source == second:
            edges.append(replace(edge, source=first))
        else:
            edges.append(edge)
    places = {name: net.nodes.index(net.node(name)) for name in role}
    nodes = list(net.nodes)
    nodes[places[first]], nodes[places[second]] = net.node(second), net.node(first)
    return net.with_(nodes=tuple(nodes), edges=tuple(edges), outputs=tuple(role.get(n, n) for n in net.outputs))
