"""Build's outline: the network's nodes in order, indented by branch, each with its shape, cost and problems."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from explorer.blocks import BLOCKS
from explorer.document import Network, Node
from explorer.network import Analysis, edit
from explorer.text import count_text, shape_text
from explorer.ui import draft
from explorer.ui.canvas_picture import describe_settings
from explorer.ui.language import _, plain
from explorer.ui.own_blocks import own_blocks, with_definition
from explorer.ui.troubles import WHOLE, Found, draw_troubles
from explorer.ui.view import View, change, current_view, select, selected

_ROWS_SHOWN = 200
_ADDED, _OWN = "added_block", "own/"  # the field's key; what marks a person's own block in it
_INDENT = "&emsp;"  # spaces would make it code


def draw_outline(view: View, troubles: Mapping[str, list[Found]]) -> None:
    """One row a node; a click on its name selects it, here and on the canvas."""
    net, analysis = view.net, view.analysis
    adding = st.container()
    if view.editable:
        with adding:
            _draw_adding(net)
    draw_troubles(troubles.get(WHOLE, []), "network")
    order = analysis.order + tuple(node.id for node in net.nodes if node.id not in set(analysis.order))
    depths = branch_depths(net, order)
    if order:
        _draw_heading()
    chosen = selected(view)
    for node_id in order[:_ROWS_SHOWN]:
        _draw_row(net.node(node_id), analysis, depths[node_id], node_id in chosen)
        draw_troubles(troubles.get(node_id, []), node_id)
    if len(order) > _ROWS_SHOWN:
        st.container().caption(_("… and {count} more nodes.", count=f"{len(order) - _ROWS_SHOWN:,}"))


def _draw_adding(net: Network) -> None:
    """Any block of the palette, put behind the selected one, or at the end."""
    titles = {block.name: _(block.title) for block in BLOCKS if block.name != "composite"}
    titles |= {f"{_OWN}{name}": name for name in own_blocks(draft.current().recipe.network)}
    left, right = st.columns([0.35, 0.65], vertical_alignment="bottom")
    left.selectbox(_("Add a block"), list(titles), index=None, format_func=titles.get, key=_ADDED,
                   placeholder=_("choose, or type to search"), label_visibility="collapsed",
                   help=_("It is put behind the selected block, or at the end of the network."))
    right.button(_("Add"), key="add", icon=":material/add:", on_click=_add,
                 disabled=not st.session_state.get(_ADDED))


def _add() -> None:
    name = st.session_state[_ADDED]
    block, params = (name, {}) if not name.startswith(_OWN) else ("composite", {"definition": name.removeprefix(_OWN)})
    view, new = current_view(), ""
    if block == "composite":
        recipe = draft.current().recipe
        draft.change_recipe(recipe.with_(network=with_definition(recipe.network, params["definition"])))

    def add(net: Network) -> Network:
        nonlocal new
        chosen = selected(view)
        behind = chosen[0] if len(chosen) == 1 else next((o for o in reversed(net.outputs) if o in net.by_id), None)
        net, new = edit.insert_after(net, None if block == "input" else behind, block, params)
        return net

    change(add)
    select(new)
    draft.redraw_forms()


def branch_depths(net: Network, order: tuple[str, ...]) -> dict[str, int]:
    """How far each node is indented: 0 on the main path, one more for every branch it lies on."""
    depths: dict[str, int] = {}
    for node_id in order:
        candidates = []
        for edge in net.edges_into(node_id):
            if edge.source in depths:
                first = net.edges_out_of(edge.source)[0].target
                candidates.append(depths[edge.source] + (first != node_id))
        depths[node_id] = min(candidates, default=0)
    return depths


def _draw_heading() -> None:
    name, shape, parameters = st.columns(_WIDTHS)
    name.caption(_("Block"))
    shape.caption(_("Output shape"))
    parameters.caption(_("Parameters"))


_WIDTHS = [0.56, 0.24, 0.2]


def _draw_row(node: Node, analysis: Analysis, depth: int, is_selected: bool) -> None:
    name, shape, parameters = st.columns(_WIDTHS, vertical_alignment="center")
    mark = ":red[✖] " if analysis.problems_at(node.id) else ""
    label = f"{_INDENT * depth}{'↳ ' if depth else ''}{mark}**{plain(node.id)}**&ensp;{_facts(node)}"
    name.button(label, key=f"select/{node.id}", type="secondary" if is_selected else "tertiary",
                on_click=_select, args=(node.id,), width="content")
    signal = analysis.signals.get(node.id)
    shape.markdown(shape_text(signal.shape) if signal else ":gray[?]")
    count = analysis.parameters.get(node.id, 0)
    parameters.markdown(count_text(count) if count else ":gray[–]")


def _facts(node: Node) -> str:
    """The block's title and its settings, small."""
    if node.block not in BLOCKS:
        return f":small[:gray[{plain(node.block)}]]"
    title = str(node.params.get("definition")) if node.block == "composite" else _(BLOCKS.get(node.block).title)
    return f":small[:gray[{' · '.join(filter(None, (plain(title), plain(describe_settings(node), 80))))}]]"


def _select(node_id: str) -> None:
    select(node_id)
