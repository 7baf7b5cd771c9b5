"""Where a network begins and ends: inputs, outputs, and ways that lead nowhere. No torch."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.blocks import BLOCKS
from explorer.document import (
    AddInput,
    AddOutput,
    Connect,
    Fix,
    Network,
    Node,
    Problem,
    RemoveNode,
    RemoveOutput,
)
from explorer.network.definitions import Scope, ports_of
from explorer.text import text


def check_ends(net: Network, scope: Scope) -> Iterator[Problem]:
    """Faults of inputs and outputs, and nodes whose result nobody uses."""
    if not net.nodes:
        yield Problem("", text("The network is empty. Start with an input, or open one of the ready-made networks."),
                      Fix(text("Start with an input"), (AddInput((1, 28, 28)),)))
        return
    if all(node.block != "input" for node in net.nodes):
        yield Problem("", text("The network has no input."), Fix(text("Start with an input"), (AddInput((1, 28, 28)),)))
    yield from _check_outputs(net)
    yield from _check_unused(net, scope)


def _check_outputs(net: Network) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, name in enumerate(net.outputs):
        remove = Fix(text("Remove the output"), (RemoveOutput(position),))
        if name not in net.by_id:
            yield Problem("", text("The output {name} is not a node of the network.", name=name[:60]), remove)
        elif name in seen:
            yield Problem(name, text("{name} is named as an output twice.", name=name[:60]), remove)
        seen.add(name)
    if not net.outputs:
        sources = {edge.source for edge in net.edges}
        last = next((node for node in reversed(net.nodes) if node.id not in sources), net.nodes[-1])
        yield Problem("", text("The network has no output."),
                      Fix(text("Make {name} the output", name=last.id), (AddOutput(last.id),)))


def _check_unused(net: Network, scope: Scope) -> Iterator[Problem]:
    used, queue = set(), [name for name in net.outputs if name in net.by_id]
    while queue:
        node_id = queue.pop()
        if node_id not in used and node_id in net.by_id:
            used.add(node_id)
            queue += [edge.source for edge in net.edges_into(node_id)]
    if not used:
        return
    for node in net.nodes:  # only where a way ends: what leads there is not at fault
        if node.id not in used and not any(e.target in net.by_id and e.target != node.id
                                           for e in net.edges_out_of(node.id)):
            yield Problem(node.id,
                          text("The result of {name} reaches no output. Connect it or remove it.", name=node.id),
                          _continue_fix(net, node, scope)
                          or Fix(text("Remove {name}", name=node.id), (RemoveNode(node.id),)))


def _continue_fix(net: Network, node: Node, scope: Scope) -> Fix | None:
    """Connect a way's end to the one node that still waits for its first input."""
    waiting = [other.id for other in net.nodes
               if other.block in BLOCKS and ports_of(other, scope)[0] and not net.edges_into(other.id)]
    if len(waiting) != 1 or node.id in behind(net, waiting[0]):
        return None
    return Fix(text("Connect it to {name}", name=waiting[0]), (Connect(node.id, waiting[0]),))


def connect_fix(net: Network, node: Node, port: int, loose: list[str]) -> Fix | None:
    """Connect the one loose end there is, where that closes no circle."""
    if len(loose) != 1 or loose[0] in behind(net, node.id):
        return None
    return Fix(text("Connect {name}", name=loose[0]), (Connect(loose[0], node.id, port),))


def behind(net: Network, node_id: str) -> set[str]:
    """The node and everything it leads to."""
    found, queue = {node_id}, [node_id]
    while queue:
        for edge in net.edges_out_of(queue.pop()):
            if edge.target not in found:
                found.add(edge.target)
                queue.append(edge.target)
    return found
