"""Slow motion's drawing of the network, on which a step is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from explorer.document import Network
from explorer.network import Analysis, analyze_known
from explorer.ui.canvas.component import draw_canvas
from explorer.ui.canvas.component.picture import CanvasPicture
from explorer.ui.canvas.network_picture import make_picture
from explorer.ui.canvas.preview import Preview
from explorer.ui.session.person import theme
from explorer.ui.session.view import View

CANVAS, SHARES, CONTROLS_PX = "slow_canvas", (0.72, 0.28), 43
_HEIGHT_PX = 660


def draw_network(net: Network) -> None:
    """Draw it before there is a step, with what is known of it without torch."""
    draw_picture(picture_of(net, analyze_known(net) or Analysis(), "", {}, {}))


def draw_picture(picture: CanvasPicture, place: int = -1) -> None:
    """Draw the picture of a moment, counted from 0: another network and every moment have a number of their own.

    The selection goes with the graph.
    """
    graph = repr((picture.nodes, picture.edges, place)).encode()
    revision = int.from_bytes(hashlib.sha256(graph).digest()[:4])
    draw_canvas(replace(picture, revision=revision), (), CANVAS, _HEIGHT_PX, theme())


def picture_of(net: Network, analysis: Analysis, remark: str, thumbnails: Mapping[str, str],
               words: Mapping[str, str]) -> CanvasPicture:
    """Make the picture of the network with these pictures and words at its nodes."""
    view = View((), net, analysis, editable=False, remark=remark)
    picture = make_picture(view, {}, Preview(dict(thumbnails)), net, analysis)
    summaries = {node_id: replace(summary, settings=words.get(node_id, ""), sketch=None)
                 for node_id, summary in picture.summaries.items()}
    return replace(picture, summaries=summaries)
