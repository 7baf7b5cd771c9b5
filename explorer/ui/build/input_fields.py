"""Fields for the inputs of a node, each with every output that does not depend on the node."""

from __future__ import annotations

import streamlit as st

from explorer.blocks import BLOCKS
from explorer.document import Network, Node
from explorer.network import edit
from explorer.network.definitions import Scope, outputs_of, ports_of
from explorer.network.reach import downstream
from explorer.ui.language import _
from explorer.ui.session import draft
from explorer.ui.session.fields import typed
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View, change, current_view
from explorer.ui.widgets.forms import form_key, is_current

Output = tuple[str, int]  # a node, and which of its outputs


def draw_inputs(view: View, node: Node) -> None:
    """Draw a field for each input of a node; for variadic blocks, one more than are connected."""
    scope = scope_of(view.net)
    names, variadic = ports_of(node, scope)
    if not names:
        return
    wired = {edge.target_port: (edge.source, edge.source_port) for edge in view.net.edges_into(node.id)}
    sources = _possible_sources(view.net, node.id, scope)
    count = max(len(names), len(wired) + 1) if variadic else len(names)
    for port in range(count):
        name = _(names[port]) if port < len(names) else str(port + 1)  # as the canvas has it
        label = _("Input from") if count == 1 else _("Input: {name}", name=name)
        _draw_field(view, node, port, label, wired.get(port), sources)


def _draw_field(
    view: View, node: Node, port: int, label: str, now: Output | None, sources: dict[str, Output],
) -> None:
    key = form_key(f"input/{node.id}/{port}")
    shown = next((words for words, output in sources.items() if output == now), now and now[0])
    options = list(sources) if shown is None or shown in sources else [shown, *sources]
    st.selectbox(label, options, index=options.index(shown) if shown else None, key=key,
                 placeholder=_("not connected"), on_change=_connect, args=(node.id, port, key, sources),
                 disabled=not view.editable)


def scope_of(net: Network) -> Scope:
    """Return the definitions that the nodes of a network, or of one inside it, may name."""
    return Scope.of(net, Scope.of(draft.current().recipe.network))


def output_names(node: Node, scope: Scope) -> tuple[str, ...]:
    """Return the names of a node's outputs; a single one if its block does not exist."""
    return tuple(map(_, outputs_of(node, scope))) if node.block in BLOCKS else ("",)


def _possible_sources(net: Network, node_id: str, scope: Scope) -> dict[str, Output]:
    """List {label: output} of the nodes that are not after this one, so that a connection forms no cycle."""
    later, found = downstream(net, [node_id]), {}
    for node in net.nodes:
        if node.id not in later:
            names = output_names(node, scope)
            for port, name in enumerate(names):
                found[node.id if len(names) == 1 else f"{node.id} · {name}"] = node.id, port
    return found


@uninterrupted
def _connect(node_id: str, port: int, key: str, sources: dict[str, Output]) -> None:
    if not is_current(key):
        return
    chosen = sources.get(typed(key))

    def connect(net: Network) -> Network:
        return edit.connect(net, chosen[0], node_id, port, chosen[1]) if chosen else edit.disconnect(net, node_id, port)

    if node_id in current_view().net.by_id:
        change(connect)
    draft.redraw_forms()
