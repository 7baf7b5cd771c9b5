"""Pictures of a network for Inspect: each node as a card of its maps, one picture a level, which the browser walks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from explorer.document import Network
from explorer.network import Analysis
from explorer.results.network_maps import TOKENS, UNITS, thinning_of
from explorer.ui.canvas.channel_links import links_into
from explorer.ui.canvas.component.picture import CanvasPicture, DrawnNode, NodeSummary
from explorer.ui.canvas.network_picture import make_picture
from explorer.ui.canvas.preview import Preview
from explorer.ui.session.view import View

MOST_NODES = 1_000  # of the levels sent at once; what is deeper comes when it is walked into


def make_levels(net: Network, analysis: Analysis, inside: str = "") -> dict[str, CanvasPicture]:
    """Make the picture of each level by its address: those on the way to `inside` and, up to MOST_NODES, all others."""
    path = tuple(inside.split(".")) if inside else ()
    way = [path[:depth] for depth in range(len(path) + 1)]
    views = {view.path: view for view in _views(View((), net, analysis, editable=False))}
    levels, nodes = {}, 0
    for place in [*(place for place in way if place in views), *(place for place in views if place not in way)]:
        nodes += len(views[place].net.nodes)
        if nodes <= MOST_NODES or place in way:
            levels[".".join(place)] = _make_level(views[place], net, analysis)
    return levels


def _views(view: View) -> Iterator[View]:
    """Yield a view and those of all that can be opened below it, from the outside in."""
    waiting = [view]
    while waiting:
        yield (now := waiting.pop(0))
        waiting += [View((*now.path, node_id), opened.net, opened.analysis, editable=False)
                    for node_id, opened in now.analysis.inside.items()]


def _make_level(view: View, root: Network, analysis: Analysis) -> CanvasPicture:
    picture = make_picture(view, {}, Preview({}), root, analysis)
    is_beside = len({edge.source for edge in view.net.edges}) < len(view.net.edges)
    nodes = tuple(DrawnNode(node.id, "maps", {**_params(view, node.id), "is_beside": is_beside})
                  for node in picture.nodes if node.id in view.analysis.signals)
    summaries = {node.id: _as_maps(picture.summaries[node.id]) for node in nodes}
    made = replace(picture, nodes=nodes, summaries=summaries, follows=True, remark="")
    return replace(made, revision=_revision(view, made))


def _as_maps(summary: NodeSummary) -> NodeSummary:
    return NodeSummary(replace(summary.kind, block="maps", summary="", other_names=""), summary.settings, summary.shape,
                       parameters=summary.parameters, multiply_adds=summary.multiply_adds, is_output=summary.is_output)


def _params(view: View, node_id: str) -> dict[str, Any]:
    """Describe a node's card: its address, the size of its output and of what is shown of it, and what it reads."""
    node, signal = view.net.node(node_id), view.analysis.signals[node_id]
    thinning = thinning_of(signal.shape)
    has_tokens = signal.dtype == "int64" and thinning.form == UNITS
    return {
        "address": view.address(node_id), "form": "text" if has_tokens else thinning.form, "count": thinning.count,
        "total": thinning.total, "rows": thinning.rows, "columns": thinning.columns, "shape": list(signal.shape),
        "is_input": node.block == "input", "is_named": _is_named(view, node_id, thinning.form),
        "links": links_into(view.net, view.analysis, node),
    }


def _is_named(view: View, node_id: str, form: str) -> bool:
    """Return whether units have names, or tokens characters: inputs, the output, and all that a text becomes."""
    signals, net = view.analysis.signals, view.net
    if form == TOKENS:
        texts = {signals[name].shape[0] for name in net.inputs if signals[name].dtype == "int64"}
        return signals[node_id].shape[0] in texts
    return form == UNITS and (net.node(node_id).block == "input" or (not view.path and node_id in net.outputs))


def _revision(view: View, picture: CanvasPicture) -> int:
    """Make a number for this graph: the browser takes another one only under another number."""
    return int.from_bytes(hashlib.sha256(repr((view.path, picture.nodes, picture.edges)).encode()).digest()[:4])
