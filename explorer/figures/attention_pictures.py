"""Attention as figures: the matrix of every head side by side, query down and key across."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Theme
from explorer.formatting import format_number
from explorer.results import AttentionView
from explorer.text import Text, text

_HEIGHT_PX, _MOST_HEADS, _GAP = 300, 8, 0.02


def figure_attention(result: AttentionView, theme: Theme, height: int = _HEIGHT_PX) -> go.Figure:
    """Draw the weights of each head that is there, of the chosen window; of many heads the first 8.

    >>> from explorer.results import AttentionPart
    >>> part = AttentionPart((0,), (0, 1), np.full((1, 2, 3, 3), 1 / 3))
    >>> view = AttentionView("weights", "softmax", "scores", (), (0, 0, 1, 2), ("head", "query", "key"), (1, 2, 3, 3),
    ...                      part, np.full((2, 3), 1 / 3), np.full((2, 3), 1 / 3), np.ones((2, 3)))
    >>> len(figure_attention(view, Theme()).data)
    2
    """
    figure = frame.blank(theme, text("{node}: attention", node=result.node), height)
    part = result.part
    window = part.windows.index(result.unit[0])
    matrices = part.weights[window, :_MOST_HEADS]
    largest = float(matrices[np.isfinite(matrices)].max(initial=0.0)) or 1.0
    for place, (head, matrix) in enumerate(zip(part.heads, matrices, strict=False)):
        _add_matrix(figure, theme, result, matrix, largest, head, place, len(matrices))
    figure.update_coloraxes(colorscale=theme.sequential, cmin=0, cmax=largest,
                            colorbar=frame.color_bar(figure, theme, theme.say(text("weight"))))
    return figure


def _add_matrix(figure: go.Figure, theme: Theme, result: AttentionView, matrix: np.ndarray, largest: float, head: int,
                place: int, count: int) -> None:
    number = "" if place == 0 else str(place + 1)
    rows, columns = (start + np.arange(size) * step for start, size, step in
                     zip(result.part.start, matrix.shape, result.part.every, strict=True))
    figure.add_trace(go.Heatmap(z=matrix, x=columns, y=rows, xaxis=f"x{number}", yaxis=f"y{number}",
                                coloraxis="coloraxis",
                                hovertemplate="query %{y}, key %{x}<br>%{z:.4~r}<extra></extra>"))
    name = theme.say(text("head {head}", head=head)) if result.shape[1] > 1 else theme.say(text("key"))
    figure.update_layout({
        f"xaxis{number}": {"domain": (place / count, (place + 1) / count - _GAP), "anchor": f"y{number}",
                           "showgrid": False, "zeroline": False, "title": {"text": name, "standoff": 4}},
        f"yaxis{number}": {"anchor": f"x{number}", "scaleanchor": f"x{number}", "constrain": "domain",
                           "autorange": "reversed", "showgrid": False, "zeroline": False,
                           "title": {"text": theme.say(text("query")) if place == 0 else ""},
                           "showticklabels": place == 0}})


def describe_attention(result: AttentionView) -> Text:
    """Describe where the chosen query looks."""
    _window, head, query, _key = result.unit
    row = result.row[head]
    if not np.isfinite(row).any():
        return text("{node}, head {head}: query {query} has no weights.", node=result.node, head=head, query=query)
    key = int(np.nanargmax(row))
    return text("{node}, head {head}: query {query} looks most at key {key}, with weight {weight}.", node=result.node,
                head=head, query=query, key=key, weight=format_number(float(row[key])))
