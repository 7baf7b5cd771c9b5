"""Checks of inputs and outputs, and of nodes that lead nowhere. No torch."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.blocks import BLOCKS
from explorer.document import (
    AddInput,
    AddOutput,
    Connect,
    Fix,
    Network,
    Problem,
    RemoveNode,
    RemoveOutput,
)
from explorer.network.definitions import Scope, ports_of
from explorer.network.reach import downstream, upstream
from explorer.text import text


def check_ends(net: Network, scope: Scope) -> Iterator[Problem]:
    """Yield the problems of inputs and outputs, and of nodes whose result is not used."""
    if not net.nodes:
        yield Problem(text("The network is empty. Start with an input, or open one of the ready-made networks."),
                      Fix(text("Start with an input"), (AddInput((1, 28, 28)),)))
        return
    if all(node.block != "input" for node in net.nodes):
        yield Problem(text("The network has no input."), Fix(text("Start with an input"), (AddInput((1, 28, 28)),)))
    yield from _check_outputs(net)
    yield from _check_unused(net, scope)


def _check_outputs(net: Network) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, name in enumerate(net.outputs):
        remove = Fix(text("Remove the output"), (RemoveOutput(position),))
        if name not in net.by_id:
            yield Problem(text("The output {name} is not a node of the network.", name=name[:60]), remove)
        elif name in seen:
            yield Problem(text("{name} is listed as an output twice.", name=name[:60]), remove, name)
        seen.add(name)
    if not net.outputs:
        sources = {edge.source for edge in net.edges}
        last = next((node for node in reversed(net.nodes) if node.id not in sources), net.nodes[-1])
        yield Problem(text("The network has no output."),
                      Fix(text("Make {name} the output", name=last.id), (AddOutput(last.id),)))


def _check_unused(net: Network, scope: Scope) -> Iterator[Problem]:
    outputs = [name for name in net.outputs if name in net.by_id]
    if not outputs:
        return
    used, waiting = upstream(net, outputs), _waiting(net, scope)
    closing = downstream(net, [waiting]) if waiting else set()
    for node in net.nodes:  # only at the end of a path: the nodes before it are fine
        if node.id not in used and not any(e.target in net.by_id and e.target != node.id
                                           for e in net.edges_out_of(node.id)):
            fix = (Fix(text("Connect it to {name}", name=waiting), (Connect(node.id, waiting),))
                   if waiting and node.id not in closing
                   else Fix(text("Remove {name}", name=node.id), (RemoveNode(node.id),)))
            yield Problem(text("The result of {name} reaches no output. Connect it or remove it.", name=node.id),
                          fix, node.id)


def _waiting(net: Network, scope: Scope) -> str | None:
    """Return the only node without any input connection, or None if there is not exactly one."""
    waiting = [node.id for node in net.nodes
               if node.block in BLOCKS and ports_of(node, scope)[0] and not net.edges_into(node.id)]
    return waiting[0] if len(waiting) == 1 else None
