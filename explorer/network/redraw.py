"""Updates of a network from the canvas: nodes and edges are the drawing's, everything else is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from explorer.document import Edge, Network, Node, check_id, free_id
from explorer.network import edit
from explorer.network.check import analyze

End = tuple[str, str, int]  # source, target, input port of an edge: no other can reach this port


def redraw(
    net: Network, nodes: Sequence[Node], edges: Sequence[Edge], closing: Collection[End] = (),
) -> Network:
    """Update a network with this drawing's nodes, edges and positions.

    Existing nodes keep their settings. closing: edges that close a gap where a node was deleted; those that do not fit
    their target, and have no fix, are left out. Outputs follow the drawing: from an output that now feeds others to the
    end of that path, from a deleted one to the node before it.
    """
    drawn = _drawn_nodes(net, nodes)
    ids = {node.id for node in drawn}
    old = {(_end(edge), edge.source_port): edge for edge in net.edges}
    kept = {(_end(edge), edge.source_port): edge for edge in edges if edge.source in ids and edge.target in ids}
    changed = net.with_(nodes=drawn, edges=tuple(old.get(ends, edge) for ends, edge in kept.items()))
    changed = _without_misfits(net, changed, closing)
    return changed.with_(outputs=_outputs(net, changed))


def remove(net: Network, node_id: str) -> Network:
    """Remove a node, and close the gap if the shapes fit or a fix is offered. Raises KeyError.

    """
    smaller = edit.remove(net, node_id)
    old = {_end(edge) for edge in net.edges}
    return _without_misfits(net, smaller, [end for edge in smaller.edges if (end := _end(edge)) not in old])


def _drawn_nodes(net: Network, nodes: Sequence[Node]) -> tuple[Node, ...]:
    drawn: dict[str, Node] = {}
    for node in nodes:
        known = net.by_id.get(node.id)
        if known is not None and known.block == node.block:
            drawn.setdefault(node.id, replace(known, at=node.at))
        elif node.id not in drawn:
            node_id = node.id if check_id(node.id) is None else free_id(node.block, [*net.by_id, *drawn])
            drawn[node_id] = replace(node, id=node_id)
    return tuple(drawn.values())


def _end(edge: Edge) -> End:
    return edge.source, edge.target, edge.target_port


def _without_misfits(net: Network, changed: Network, closing: Collection[End]) -> Network:
    """Leave out the edges over a closed gap that do not fit their target, unless there is a fix."""
    targets = {target for source, target, port in closing}
    if not targets:
        return changed
    before, after = analyze(net), analyze(changed)
    refusing = {target for target in targets if not before.problems_at(target)
                and any(problem.fix is None for problem in after.problems_at(target))}
    leading = set(closing)
    return changed.with_(edges=tuple(
        edge for edge in changed.edges if edge.target not in refusing or _end(edge) not in leading))


def _outputs(net: Network, changed: Network) -> tuple[str, ...]:
    outputs = []
    for output in net.outputs:
        heir = _heir(net, changed, output)
        if heir is not None:
            outputs.append(_end_of_way(net, changed, heir))
    if not outputs and changed.nodes:
        ends = [node.id for node in changed.nodes if not changed.edges_out_of(node.id)]
        outputs = ends[-1:]
    return tuple(dict.fromkeys(outputs))


def _heir(net: Network, changed: Network, output: str) -> str | None:
    """Return the output, or the node before it if it was deleted and nothing else uses that node."""
    seen: set[str] = set()
    while output not in changed.by_id:
        into = net.edges_into(output)
        if len(into) != 1 or output in seen:
            return None
        seen.add(output)
        output = into[0].source
        if output in changed.by_id and changed.edges_out_of(output):
            return None
    return output


def _end_of_way(net: Network, changed: Network, output: str) -> str:
    """Return the end of the path that was drawn from an output; the output itself if it already fed others."""
    seen = {output}
    while True:
        before = {_end(edge) for edge in net.edges_out_of(output)}
        onward = [edge.target for edge in changed.edges_out_of(output) if _end(edge) not in before]
        if not onward or onward[0] in seen:
            return output
        output = onward[0]
        seen.add(output)
