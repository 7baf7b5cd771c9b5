"""Mosaic of a network: one row a layer, its first maps side by side, each layer on its own scale."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.heatmap import figure_heatmap
from explorer.figures.theme import Theme
from explorer.results import Heatmap, NetworkMaps, NodeMaps
from explorer.text import Text, text

_SIDE, _GAP, _MOST = 16, 2, 16  # cells of a map's side and between maps; maps in a row
_ROW_PX, _FRAME_PX = 34, 90


def figure_network_maps(result: NetworkMaps, theme: Theme, height: int | None = None) -> go.Figure:
    """Draw a row of maps for each node, -1 to 1 being the node's own scale.

    >>> from explorer.results import NetworkMaps
    >>> figure_network_maps(NetworkMaps("", (), ()), Theme()).data[0].type
    'heatmap'
    """
    rows = [_row(node) for node in result.nodes]
    width = max((row.shape[1] for row in rows), default=0)
    picture = np.full((len(rows) * (_SIDE + _GAP), width), np.nan, np.float32)
    for place, row in enumerate(rows):
        picture[place * (_SIDE + _GAP):, :row.shape[1]][:_SIDE] = row
    matrix = Heatmap(result.inside or "Overview", picture, "layer", "map", signed=True, limit=1.0)
    figure = figure_heatmap(matrix, theme, height or len(rows) * theme.px(_ROW_PX) + theme.px(_FRAME_PX))
    middles = [place * (_SIDE + _GAP) + _SIDE / 2 for place in range(len(rows))]
    figure.update_yaxes(tickmode="array", tickvals=middles, ticktext=[theme.say(node.address) for node in result.nodes])
    figure.update_xaxes(showticklabels=False, ticks="")
    return figure


def _row(node: NodeMaps) -> np.ndarray:
    """Lay the first maps of a node side by side, each brought to a square of the same size by repeating its cells."""
    _count, rows, columns = node.values.shape
    if not node.values.size:
        return np.zeros((_SIDE, 0), np.float32)
    down, across = (np.arange(_SIDE) * size // _SIDE for size in (rows, columns))
    squares = node.values[:_MOST, down][:, :, across] / node.limit
    return np.pad(squares, ((0, 0), (0, 0), (0, _GAP)), constant_values=np.nan).transpose(1, 0, 2).reshape(_SIDE, -1)


def describe_network_maps(result: NetworkMaps) -> Text:
    """Describe the number of layers, and which has the largest output."""
    if not result.nodes:
        return text("The overview has no layers.")
    largest = max(result.nodes, key=lambda node: node.limit)
    return text("The overview shows {count} layers; {node} has the largest value, {limit}.", count=len(result.nodes),
                node=largest.address, limit=f"{largest.limit:.4g}")
