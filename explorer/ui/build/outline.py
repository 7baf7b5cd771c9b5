"""Outline of the network: its nodes in order, indented by branch, with shape, cost and problems."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.blocks import BLOCKS
from explorer.document import Network, Node, Problem
from explorer.formatting import format_count, format_shape
from explorer.network import Analysis, edit
from explorer.ui.build.input_fields import output_names, scope_of
from explorer.ui.build.problems import draw_problems
from explorer.ui.canvas.network_picture import describe_settings
from explorer.ui.canvas.own_blocks import block_store, own_blocks, with_definition
from explorer.ui.language import _, plain
from explorer.ui.session import draft
from explorer.ui.session.fields import typed
from explorer.ui.session.person import owner
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View, change, current_view, select, selected

_ROWS_SHOWN = 200
_ADDED, _FROM, _OWN = "added_block", "added_behind", "own/"  # keys of fields; what marks a person's own block
_INDENT = "&emsp;"  # spaces would make it code


def draw_outline(view: View, problems: Mapping[str, list[Problem]]) -> None:
    """Draw one row per node; a click on its name selects it, here and on the canvas."""
    net, analysis = view.net, view.analysis
    adding = st.container()
    if view.editable:
        with adding:
            _draw_adding(view)
    draw_problems(problems.get("", []), "network")
    order = analysis.order + tuple(node.id for node in net.nodes if node.id not in set(analysis.order))
    depths = branch_depths(net, order)
    if order:
        _draw_heading()
    chosen = selected(view)
    for node_id in order[:_ROWS_SHOWN]:
        _draw_row(net.node(node_id), analysis, depths[node_id], node_id in chosen)
        draw_problems(problems.get(node_id, []), node_id)
    if len(order) > _ROWS_SHOWN:
        st.container().caption(_("… and {count} more nodes.", count=f"{len(order) - _ROWS_SHOWN:,}"))


def _draw_adding(view: View) -> None:
    """Draw the choice of a block to add after the selected one, or at the end."""
    titles = {block.name: _(block.title) for block in BLOCKS if block.name != "composite"}
    titles |= {f"{_OWN}{name}": name for name in own_blocks(draft.current().recipe.network, block_store(owner()))}
    left, middle, right = st.columns([0.35, 0.25, 0.4], vertical_alignment="bottom")
    left.selectbox(_("Add a block"), list(titles), index=None, format_func=titles.get, key=_ADDED,
                   placeholder=_("Choose, or type to search"), label_visibility="collapsed",
                   help=_("Added after the selected block, or at the end of the network."))
    _draw_output_choice(middle, view)
    right.button(_("Add"), key="add", icon=":material/add:", on_click=_add,
                 disabled=not typed(_ADDED))


def _draw_output_choice(place: DeltaGenerator, view: View) -> None:
    """Draw the choice of the output to connect the new block to, if the node before it has several."""
    before = _before(view)
    names = output_names(view.net.node(before), scope_of(view.net)) if before else ("",)
    if len(names) > 1:
        place.selectbox(_("Input from output"), range(len(names)), key=f"{_FROM}/{before}",
                        format_func=names.__getitem__, label_visibility="collapsed",
                        help=_("The output of {name} that the new block takes as its input.", name=before))


def _before(view: View) -> str | None:
    """Return the node after which a new block is added: the selected one, else the network's output."""
    chosen = selected(view)
    return chosen[0] if len(chosen) == 1 else next((o for o in reversed(view.net.outputs) if o in view.net.by_id), None)


def _insert_behind(net: Network, node_id: str, port: int, block: str, params: dict[str, str]) -> tuple[Network, str]:
    """Insert a new node after an output of another, on all edges from that output."""
    if port == 0:
        return edit.insert_after(net, node_id, block, params)
    fed = [edge for edge in net.edges_out_of(node_id) if edge.source_port == port]
    net, new = edit.insert_after(net, None, block, params)
    net = edit.connect(net, node_id, new, 0, port)
    for edge in fed:
        net = edit.connect(net, new, edge.target, edge.target_port)
    return net.with_(outputs=tuple(new if name == node_id else name for name in net.outputs)), new


@uninterrupted
def _add() -> None:
    name = typed(_ADDED)
    block, params = (name, {}) if not name.startswith(_OWN) else ("composite", {"definition": name.removeprefix(_OWN)})
    view, new = current_view(), ""
    if block == "composite":
        recipe = draft.current().recipe
        net = with_definition(recipe.network, params["definition"], block_store(owner()))
        draft.change_recipe(recipe.with_(network=net))

    def add(net: Network) -> Network:
        nonlocal new
        before = _before(view)
        if block == "input" or before is None:
            net, new = edit.insert_after(net, None, block, params)
        else:
            net, new = _insert_behind(net, before, typed(f"{_FROM}/{before}", 0), block, params)
        return net

    change(add)
    select(new)
    draft.redraw_forms()


def branch_depths(net: Network, order: tuple[str, ...]) -> dict[str, int]:
    """Compute the indentation of each node: 0 on the main path, plus 1 for each branch."""
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
    shape.markdown(format_shape(signal.shape) if signal else ":gray[?]")
    count = analysis.parameters.get(node.id, 0)
    parameters.markdown(format_count(count) if count else ":gray[–]")


def _facts(node: Node) -> str:
    """Format the block's title and settings in small type."""
    if node.block not in BLOCKS:
        return f":small[:gray[{plain(node.block)}]]"
    title = str(node.params.get("definition")) if node.block == "composite" else _(BLOCKS.get(node.block).title)
    return f":small[:gray[{' · '.join(filter(None, (plain(title), plain(describe_settings(node), 80))))}]]"


@uninterrupted
def _select(node_id: str) -> None:
    select(node_id)
