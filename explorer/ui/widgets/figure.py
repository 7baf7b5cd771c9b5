"""Plotly figures on a page, the only way to draw one: always with an equivalent sentence for screen readers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

from explorer.figures import describe, draw
from explorer.text import Text
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session.person import theme

CHART_PX = 275
_BELOW_TITLE_PX = 26  # between a title above the figure and its plot
_MOST_CHARACTERS = 200  # of a title
_TOOLS = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}
_NO_TOOLS = {"displayModeBar": False}


def draw_figure(
    result: Any, key: str, term: str | None = None, height: int = CHART_PX, *,
    title: Literal["above", "inside", "hidden"] = "above", tools: bool = True, legend: bool = True,
    top_px: int | None = None,
) -> None:
    """Draw a result as its figure; a title above it explains `term` on hover, a hidden one is in the sentence alone.

    tools: whether Plotly's buttons show. top_px: room above the plot, where it is not to be the usual one.
    """
    look = theme()
    if title == "above":
        st.markdown(f"**{plain(_(result.title), _MOST_CHARACTERS)}**", help=hover(term) if term else None)
        top_px = top_px or _BELOW_TITLE_PX
    figure = draw(result if title == "inside" else replace(result, title=""), look, height=height)
    if top_px is not None:
        figure.update_layout(margin_t=look.px(top_px))
    if not legend:
        figure.update_layout(showlegend=False)
    show_figure(figure, describe(result), f"figure/{key}", tools=tools)


def show_figure(figure: go.Figure, words: Text, key: str, tools: bool = True, **selection: Any) -> None:
    """Draw a figure made already, with its equivalent in words. selection: Streamlit's option for clicks on points."""
    st.plotly_chart(figure, key=key, theme=None, config=_TOOLS if tools else _NO_TOOLS, alt=_(words), **selection)
