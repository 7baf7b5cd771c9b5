"""Build's side panel: the selected block's settings, inputs and place; with nothing selected, the network's totals."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from explorer.blocks import BLOCKS, Block
from explorer.document import Network, Node, id_fault
from explorer.network import Analysis, edit
from explorer.text import bytes_text, count_text
from explorer.ui import draft, state
from explorer.ui.forms import draw_param
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain


def draw_side_panel(net: Network, analysis: Analysis) -> None:
    selected = st.session_state.get(state.SELECTED)
    if selected not in net.by_id:
        _draw_totals(analysis)
        return
    node = net.node(selected)
    _draw_moves(net, node)
    if node.block not in BLOCKS:
        st.caption(_("This Layerscope knows no block called {name}.", name=plain(node.block)))
        return
    block = BLOCKS.get(node.block)
    st.caption(_(block.summary))
    for spec in block.params:
        value = node.params.get(spec.name, spec.default)
        draw_param(spec, _shown(spec, value), f"param/{node.id}", partial(_keep_param, node.id, spec.name))
    _draw_inputs(net, node, block)
    if block.formula:
        st.latex(block.formula)
    if block.source:
        st.caption(_("Source: {source}", source=block.source))


def _shown(spec: Any, value: Any) -> Any:
    """A value the field can show: the default in place of one that the setting does not allow."""
    try:
        return spec.parse(value)
    except ValueError:
        return spec.default


def _keep_param(node_id: str, name: str, value: Any) -> None:
    net = st.session_state[state.DRAFT].recipe.network
    draft.change_network(edit.set_param(net, node_id, name, list(value) if isinstance(value, tuple) else value))


def _draw_totals(analysis: Analysis) -> None:
    st.markdown(f"**{_('The network')}**")
    st.metric(_("Parameters"), f"{analysis.total_parameters:,}", help=hover("parameter"))
    st.metric(_("Multiply-adds for one sample"), count_text(analysis.total_multiply_adds), help=hover("multiply_adds"))
    st.metric(_("Activation memory for one sample"), bytes_text(analysis.total_activation_bytes),
              help=hover("activation_memory"))
    st.caption(_("Click a block's name to change its settings."))


def _draw_moves(net: Network, node: Node) -> None:
    key = f"name/{node.id}/{st.session_state.get(state.REVISION, 0)}"
    st.text_input(_("Name"), node.id, key=key, on_change=_rename, args=(node.id, key),
                  help=_("Letters, digits and _; the name of its weights, too."))
    if fault := st.session_state.pop(f"{key}/error", None):
        st.markdown(f":small[:red[:material/error: {plain(_(fault), 300)}]]")
    with st.container(horizontal=True):
        st.button("↑", help=_("Move up"), key="move_up", disabled=not edit.can_move(net, node.id, -1),
                  on_click=_move, args=(node.id, -1))
        st.button("↓", help=_("Move down"), key="move_down", disabled=not edit.can_move(net, node.id, 1),
                  on_click=_move, args=(node.id, 1))
        st.button(_("Remove"), key="remove", icon=":material/delete:", on_click=_remove, args=(node.id,))


def _rename(node_id: str, key: str) -> None:
    net, wanted = st.session_state[state.DRAFT].recipe.network, st.session_state[key].strip()
    fault = id_fault(wanted)
    if fault is None and wanted in net.by_id:
        fault = _("Another node has this name already.")
    if fault is not None:
        st.session_state[f"{key}/error"] = fault
        return
    st.session_state[state.SELECTED] = wanted
    draft.change_network(edit.rename(net, node_id, wanted))


def _move(node_id: str, by: int) -> None:
    draft.change_network(edit.move(st.session_state[state.DRAFT].recipe.network, node_id, by))


def _remove(node_id: str) -> None:
    net = st.session_state[state.DRAFT].recipe.network
    into = net.edges_into(node_id)
    st.session_state[state.SELECTED] = into[0].source if into else None
    draft.change_network(edit.remove(net, node_id))
    draft.redraw_forms()


def _draw_inputs(net: Network, node: Node, block: Block) -> None:
    """Where the block's inputs come from: any node that does not depend on it."""
    if not block.inputs:
        return
    wired = {edge.target_port: edge.source for edge in net.edges_into(node.id)}
    sources = _possible_sources(net, node.id)
    count = max(len(block.inputs), len(wired) + 1) if block.variadic else len(block.inputs)
    for port in range(count):
        name = _(block.inputs[port]) if port < len(block.inputs) else _("another")
        key = f"input/{node.id}/{port}/{st.session_state.get(state.REVISION, 0)}"
        now = wired.get(port)
        options = sources if now in sources or now is None else [now, *sources]
        label = _("Takes its input from") if block.inputs == ("input",) else _("Input: {name}", name=name)
        st.selectbox(label, options, index=options.index(now) if now else None, key=key,
                     placeholder=_("not connected"), on_change=_connect, args=(node.id, port, key))


def _possible_sources(net: Network, node_id: str) -> list[str]:
    """Nodes that do not lie behind this one, so that a connection closes no circle."""
    behind, queue = {node_id}, [node_id]
    while queue:
        for edge in net.edges_out_of(queue.pop()):
            if edge.target not in behind:
                behind.add(edge.target)
                queue.append(edge.target)
    return [node.id for node in net.nodes if node.id not in behind]


def _connect(node_id: str, port: int, key: str) -> None:
    net, source = st.session_state[state.DRAFT].recipe.network, st.session_state[key]
    draft.change_network(edit.connect(net, source, node_id, port) if source else edit.disconnect(net, node_id, port))
    draft.redraw_forms()
