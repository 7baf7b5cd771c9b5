"""Grouping nodes into a block, and ungrouping; `moves` records how addresses change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from explorer.document import Edge, Network, Node, free_id
from explorer.network.check import analyze
from explorer.network.definitions import names_used, with_names
from explorer.network.reach import downstream, upstream
from explorer.text import Text, text

_Port = tuple[str, int]  # a node's id and the number of one of its outputs


class CannotGroup(ValueError):
    """An error for nodes that cannot be grouped or a block that cannot be ungrouped; `sentence` explains why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def group(net: Network, node_ids: Collection[str], name: str) -> tuple[Network, str]:
    """Group nodes into a block of the user's own. Returns the network and the id of the new composite node.

    Edges from outside become the block's inputs, in order. Raises CannotGroup if the nodes contain an input or two
    outputs of the network, or if a path between two of them leaves the group.
    """
    wanted = set(node_ids)
    chosen = [node for node in net.nodes if node.id in wanted]
    ids = {node.id for node in chosen}
    _refuse(net, chosen, ids)
    results = _results_of(net, ids)
    sources = list(dict.fromkeys(
        (e.source, e.source_port) for e in net.edges if e.target in ids and e.source not in ids))
    definition = _definition(net, chosen, ids, results, sources, name)
    label = _free_definition(net.definitions, definition, name)
    new = Node(free_id(f"{label}1", net.by_id), "composite", {"definition": label}, _middle(chosen))
    last = max(place for place, node in enumerate(net.nodes) if node.id in ids)
    nodes = [node for node in (*net.nodes[:last + 1], new, *net.nodes[last + 1:]) if node.id not in ids]
    feeds = tuple(Edge(source, new.id, port, place) for place, (source, port) in enumerate(sources))
    leaves = tuple(replace(e, source=new.id, source_port=results.index(e.source)) if e.source in ids else e
                   for e in net.edges if e.target not in ids)
    grouped = net.with_(
        nodes=tuple(nodes), edges=leaves + feeds, outputs=tuple(new.id if o in ids else o for o in net.outputs),
        definitions={**net.definitions, label: definition},
        moves=(*net.moves, {node_id: f"{new.id}.{node_id}" for node_id in definition.by_id if node_id in ids}))
    return grouped, new.id


def ungroup(net: Network, node_id: str) -> tuple[Network, tuple[str, ...]]:
    """Replace a composite node by the nodes inside it. Returns the network and the ids of the new nodes.

    A ready-made block becomes the blocks it is made of, a repeated one its copies. Raises CannotGroup if the node is
    not composite or has a problem itself.
    """
    opened = analyze(net).inside.get(node_id)
    if opened is None:
        raise CannotGroup(text("{name} cannot be ungrouped: it is not made of other blocks, or it has a problem.",
                               name=node_id[:60]))
    inner, outside = opened.net, {edge.target_port: edge for edge in net.edges_into(node_id)}
    renamed: dict[str, str] = {}
    taken = set(net.by_id) - {node_id}
    for node in inner.nodes:
        if node.block != "input":
            wanted = node.id if node.id not in taken else f"{node_id}_{node.id}"
            renamed[node.id] = free_id(wanted, taken)
            taken.add(renamed[node.id])

    def origin(source: str, port: int) -> _Port:
        """Return the source of a signal: inside, or outside through an input of the block."""
        if source in renamed:
            return renamed[source], port
        edge = outside[inner.inputs.index(source)]
        return edge.source, edge.source_port

    within = [Edge(*_split(origin(e.source, e.source_port), renamed[e.target], e.target_port)) for e in inner.edges]
    results = [origin(output, 0) for output in inner.outputs]
    around = [replace(e, source=results[e.source_port][0], source_port=results[e.source_port][1])
              if e.source == node_id else e for e in net.edges if e.target != node_id]
    place = net.nodes.index(net.node(node_id))
    definitions, relabeled = _merged(net, inner)
    named = with_names(inner.with_(definitions={}), relabeled)
    new = _placed(net.node(node_id), [node for node in named.nodes if node.id in renamed], renamed)
    return net.with_(
        nodes=(*net.nodes[:place], *new, *net.nodes[place + 1:]), edges=(*around, *within),
        outputs=tuple(dict.fromkeys(results[0][0] if o == node_id else o for o in net.outputs)),
        definitions=definitions,
        moves=(*net.moves, {f"{node_id}.{old}": now for old, now in renamed.items()})), tuple(renamed.values())


def _refuse(net: Network, chosen: list[Node], ids: set[str]) -> None:
    if not chosen:
        raise CannotGroup(text("Select the nodes to group first."))
    if inputs := [node.id for node in chosen if node.block == "input"]:
        raise CannotGroup(text("{name} is an input of the network and cannot be inside a block.", name=inputs[0]))
    between = downstream(net, ids) & upstream(net, ids) - ids
    if first := next((node_id for node_id in net.by_id if node_id in between), None):
        raise CannotGroup(text("{name} is on a path between the selected nodes. Select it, too.", name=first))


def _results_of(net: Network, ids: set[str]) -> tuple[str, ...]:
    """List the nodes whose output others use; one that is an output of the network comes first."""
    leaving = [edge for edge in net.edges if edge.source in ids and edge.target not in ids]
    if further := next((edge.source for edge in leaving if edge.source_port), None):
        raise CannotGroup(text("Several outputs of {name} are used outside. Select the nodes that use them, too.",
                               name=further))
    if len(outputs := [output for output in net.outputs if output in ids]) > 1:
        raise CannotGroup(text("{names} are outputs of the network; a block can contain only one.",
                               names=", ".join(outputs[:4])))
    results = dict.fromkeys([*outputs, *(edge.source for edge in leaving)])
    if not results:  # nothing uses them yet: where their ways end
        results = dict.fromkeys(i for i in net.by_id if i in ids and not net.edges_out_of(i))
    if not results:
        raise CannotGroup(text("The selected nodes form a cycle."))
    return tuple(results)


def _definition(
    net: Network, chosen: list[Node], ids: set[str], results: tuple[str, ...], sources: list[_Port], name: str,
) -> Network:
    outputs = analyze(net).outputs
    inputs: dict[_Port, Node] = {}
    taken = set(ids)
    for source in sources:
        out = outputs.get(source[0])
        params = {"shape": list(out[source[1]].shape), "dtype": out[source[1]].dtype} if out else {}
        inputs[source] = Node(free_id("input", taken), "input", params)
        taken.add(inputs[source].id)
    corner = _corner(chosen)
    nodes = tuple(_moved(node, (-corner[0], -corner[1])) if corner else node for node in chosen)
    edges = tuple(e if e.source in ids else Edge(inputs[e.source, e.source_port].id, e.target, 0, e.target_port)
                  for e in net.edges if e.target in ids)
    return Network(name, (*inputs.values(), *nodes), edges, results)


def _free_definition(taken: Mapping[str, Network], definition: Network, name: str) -> str:
    """Find the name for a definition; an equal definition is reused."""
    label = name.strip()[:120] or "block"
    number = 1
    while label in taken and taken[label] != definition:
        number += 1
        label = f"{name.strip()[:110] or 'block'} {number}"
    return label


def _merged(net: Network, inner: Network) -> tuple[dict[str, Network], dict[str, str]]:
    """Merge the definitions with those of the inside, and return the names that had to change."""
    merged, relabeled = dict(net.definitions), {}
    for name in _users_last(inner.definitions):
        definition = with_names(inner.definitions[name], relabeled)
        relabeled[name] = _free_definition(merged, definition, name)
        merged[relabeled[name]] = definition
    return merged, relabeled


def _users_last(definitions: Mapping[str, Network]) -> list[str]:
    """Sort the names of definitions so that each comes after those it uses."""
    uses = {name: names_used(definition) & definitions.keys() for name, definition in definitions.items()}
    try:
        return list(TopologicalSorter(uses).static_order())
    except CycleError:  # what contains itself cannot be opened, whatever it is called
        return list(definitions)


def _split(origin: _Port, target: str, port: int) -> tuple[str, str, int, int]:
    return origin[0], target, origin[1], port


def _placed(composite: Node, nodes: list[Node], renamed: Mapping[str, str]) -> tuple[Node, ...]:
    """Place the nodes from inside around the position of their block, with its initialization."""
    middle = _middle(nodes)
    by = (composite.at[0] - middle[0], composite.at[1] - middle[1]) if composite.at and middle else None
    own = (replace(node, id=renamed[node.id], init=node.init or composite.init) for node in nodes)
    return tuple(_moved(node, by) if by else replace(node, at=None) for node in own)


def _moved(node: Node, by: tuple[float, float]) -> Node:
    return replace(node, at=(node.at[0] + by[0], node.at[1] + by[1])) if node.at else node


def _corner(nodes: Iterable[Node]) -> tuple[float, float] | None:
    places = [node.at for node in nodes if node.at]
    return (min(x for x, _ in places), min(y for _, y in places)) if places else None


def _middle(nodes: list[Node]) -> tuple[float, float] | None:
    places = [node.at for node in nodes]
    if not places or not all(places):
        return None
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)
