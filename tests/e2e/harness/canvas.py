"""The canvas with a real network behind it: `?show=lenet`. What it was told stands below it as text."""

import base64
import io
import json
import math
import time
from dataclasses import asdict, replace
from functools import cache

import numpy as np
import streamlit as st
from PIL import Image

from explorer.blocks import BLOCKS
from explorer.document import Fix, Problem
from explorer.formatting import format_shape
from explorer.network import analyze, edit
from explorer.text import text
from explorer.ui.canvas.component import draw_canvas, read_canvas
from explorer.ui.canvas.component.messages import Command, GraphDrawn, Selected
from explorer.ui.canvas.component.picture import CanvasPicture, Crumb, DrawnEdge, Kind, NodeSummary, Shelf
from explorer.ui.session.person import theme
from tests.e2e.harness.canvas_graphs import GRAPHS, HOSTILE_NAME, graph_of, network_of

st.set_page_config(layout="wide")
show = st.query_params.get("show", "lenet")
slow_s = float(st.query_params.get("slow", 0))
COMPARED = {"conv1a": ("changed", "16 → 32 channels"), "relu1": ("removed", ""), "norm2": ("added", "")}


@cache
def kind_of(block: str) -> Kind:
    made = BLOCKS.get(block)
    return Kind(block, made.title, made.family, str(made.summary), made.inputs, made.variadic)


def shelves() -> tuple[Shelf, ...]:
    families = dict.fromkeys(block.family for block in BLOCKS if block.name != "composite")
    ready = [Shelf(family.capitalize(), tuple(kind_of(block.name) for block in BLOCKS if block.family == family))
             for family in families]
    own = Kind("composite", "Residual", "composite", "A block of your own.", opens=True,
               params={"definition": "Residual"})
    return (*ready, Shelf("My blocks", (own,)))


@cache
def thumbnail(node_id: str) -> str:
    values = np.random.default_rng(len(node_id)).integers(0, 255, (10, 38), np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).resize((152, 40), 0).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def all_summaries(nodes, edges) -> tuple[dict[str, NodeSummary], tuple[Problem, ...]]:
    if show in ("huge", "hand"):
        return {node.id: NodeSummary(kind_of(node.block), shape="1×28×28") for node in nodes}, ()
    analysis = analyze(network_of(nodes, edges))
    summaries = {node.id: summary_of(node, analysis) for node in nodes}
    return summaries, tuple(problem for problem in analysis.problems if not problem.address)


def summary_of(node, analysis) -> NodeSummary:
    signal = analysis.signals.get(node.id)
    summary = NodeSummary(
        kind=replace(kind_of(node.block), opens=node.block == "composite"),
        settings=" · ".join(f"{name.replace('_', ' ')} {value}" for name, value in node.params.items()),
        shape=format_shape(signal.shape) if signal else None,
        parameters=analysis.parameters.get(node.id, 0), multiply_adds=analysis.multiply_adds.get(node.id, 0),
        activation_bytes=4 * math.prod(signal.shape) if signal else 0,
        receptive_field="all" if signal and len(signal.shape) == 1 else (len(node.id), 5),
        problems=tuple(problem for problem in analysis.problems if problem.address == node.id),
        is_output=signal is not None and signal.shape == (10,), thumbnail=thumbnail(node.id) if signal else None)
    if show == "compare" and node.id in COMPARED:
        summary = replace(summary, change=COMPARED[node.id][0], change_text=COMPARED[node.id][1])
    if show == "hostile":
        summary = replace(summary, kind=replace(summary.kind, title=HOSTILE_NAME), settings=HOSTILE_NAME,
                          note=HOSTILE_NAME, shape=HOSTILE_NAME[:20], problems=(hostile_problem(),))
    return summary


def hostile_problem() -> Problem:
    return Problem(text("{name}", name=HOSTILE_NAME), Fix(text("{name}", name=HOSTILE_NAME[:200]), ()))


def handle(message) -> None:
    state = st.session_state
    match message:
        case GraphDrawn():
            if message.revision == state["revision"]:
                state["past"] = [*state["past"], state["graph"]]
                state["graph"] = message.nodes, message.edges
            state["selected"] = message.selected
        case Selected(nodes):
            state["selected"] = nodes
        case Command("undo") if state["past"]:
            replace_graph(state["past"][-1])
            state["past"] = state["past"][:-1]
        case Command("show_preview", {"on": on}):
            state["preview"] = on
        case Command("fix", {"node": node, "place": place}):
            net = network_of(*state["graph"])
            fixes = [p.fix for p in analyze(net).problems if p.address == node]
            replace_graph(graph_of(edit.apply(net, fixes[place])))


def replace_graph(graph) -> None:
    st.session_state["graph"] = graph
    st.session_state["revision"] += 1


def picture() -> CanvasPicture:
    state = st.session_state
    nodes, edges = state["graph"]
    summaries, whole = all_summaries(nodes, edges)
    if show == "compare":
        edges = tuple(DrawnEdge(e.source, e.target, e.port, "added" if e.source == "norm2" else None) for e in edges)
    inside = st.query_params.get("inside")
    return CanvasPicture(
        state["revision"], nodes, edges, summaries, whole, state["selected"],
        (Crumb("LeNet"), *((Crumb(inside),) if inside else ())), editable=show != "compare",
        remark="Two versions compared" if show == "compare" else "", preview=state["preview"],
        can_undo=bool(state["past"]))


st.session_state.setdefault("graph", graph_of(GRAPHS[show]()))
for name, start in {"revision": 1, "told": [], "selected": (), "past": [], "preview": True}.items():
    st.session_state.setdefault(name, start)
for told in read_canvas("canvas"):
    st.session_state["told"].append(told)
    handle(told)
if slow_s:
    time.sleep(slow_s)
below = st.columns(4)
if not below[3].checkbox("Hide"):
    draw_canvas(picture(), shelves(), "canvas", int(st.query_params.get("height", 640)), theme())
below[0].button("Rerun")
if below[1].button("Replace"):
    replace_graph(graph_of(GRAPHS["residual"]()))
    st.rerun()
if below[2].checkbox("Elsewhere"):
    st.text_input("typed")
st.code(json.dumps([{"kind": type(told).__name__, **asdict(told)} for told in st.session_state["told"]][-30:]), None)
