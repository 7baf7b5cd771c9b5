"""Build's outline: the network's nodes in order, indented by branch, each with its shape, cost and problems."""

from __future__ import annotations

import streamlit as st

from explorer.blocks import BLOCKS
from explorer.document import Fix, Network, Node, Problem
from explorer.network import Analysis
from explorer.text import count_text, shape_text
from explorer.ui import draft, state
from explorer.ui.language import _, plain

_ROWS_SHOWN = 200
_INDENT = "  "


def draw_outline(net: Network, analysis: Analysis) -> None:
    """One row a node; a click on its name opens it in the side panel."""
    order = analysis.order + tuple(node.id for node in net.nodes if node.id not in analysis.order)
    depths = branch_depths(net, order)
    _draw_problems(analysis.problems_at(""), "network")
    known = set(net.by_id)
    _draw_problems(tuple(p for p in analysis.problems if p.address and p.address not in known), "elsewhere")
    if order:
        _draw_heading()
    for node_id in order[:_ROWS_SHOWN]:
        _draw_row(net.node(node_id), analysis, depths[node_id])
    if len(order) > _ROWS_SHOWN:
        st.caption(_("… and {count} more nodes.", count=f"{len(order) - _ROWS_SHOWN:,}"))


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


def _draw_row(node: Node, analysis: Analysis, depth: int) -> None:
    name, shape, parameters = st.columns(_WIDTHS, vertical_alignment="center")
    selected = st.session_state.get(state.SELECTED) == node.id
    problems = analysis.problems_at(node.id)
    mark = ":red[✖] " if problems else ""
    label = f"{_INDENT * 2 * depth}{'↳ ' if depth else ''}{mark}**{plain(node.id)}**&ensp;{_facts(node)}"
    name.button(label, key=f"select/{node.id}", type="secondary" if selected else "tertiary",
                on_click=_select, args=(node.id,), width="content")
    signal = analysis.signals.get(node.id)
    shape.markdown(shape_text(signal.shape) if signal else ":gray[?]")
    count = analysis.parameters.get(node.id, 0)
    parameters.markdown(count_text(count) if count else ":gray[–]")
    _draw_problems(problems, node.id)


def _facts(node: Node) -> str:
    """The block's title and the settings that differ from its defaults, small."""
    if node.block not in BLOCKS:
        return f":small[:gray[{plain(node.block)}]]"
    block = BLOCKS.get(node.block)
    changed = [f"{_(spec.title).lower()} {_short(node.params[spec.name])}" for spec in block.params
               if spec.name in node.params and spec.name != "shape" and node.params[spec.name] != spec.default]
    return f":small[:gray[{' · '.join([_(block.title), *changed])}]]"


def _short(value: object) -> str:
    return plain(shape_text(tuple(value)) if isinstance(value, list | tuple) and all(
        isinstance(v, int) for v in value) else str(value), 20)


def _select(node_id: str) -> None:
    st.session_state[state.SELECTED] = node_id
    draft.redraw_forms()


def _draw_problems(problems: tuple[Problem, ...], place: str) -> None:
    for index, problem in enumerate(problems[:5]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":red[:material/error:] :small[{_escape(problem)}]", width="content")
            if problem.fix:
                st.button(_(problem.fix.title), key=f"fix/{place}/{index}", on_click=_mend, args=(problem.fix,),
                          icon=":material/build:")


def _escape(problem: Problem) -> str:
    return plain(_(problem.message), 400)


def _mend(fix: Fix) -> None:
    draft.apply_fix(fix)
