"""Histograms: touching bars over a number line."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Theme
from explorer.formatting import format_number, format_percent
from explorer.results import Histogram
from explorer.text import Text, text


def figure_histogram(result: Histogram, theme: Theme, height: int = frame.HEIGHT_PX) -> go.Figure:
    """Draw one bar per bin, without gaps, and a line at zero.

    >>> import numpy as np
    >>> values = Histogram("Weights", np.array([-1.0, 0.0, 1.0]), np.array([0.25, 0.75]), "weight", "share of all")
    >>> figure_histogram(values, Theme()).data[0].type
    'bar'
    """
    figure = frame.blank(theme, result.title, height, bargap=0)
    left, right = result.edges[:-1], result.edges[1:]
    figure.add_trace(go.Bar(
        x=(left + right) / 2, y=result.shares, width=right - left,
        marker={"color": theme.slate, "line": {"width": 0}},
        customdata=[_words(result, theme, i) for i in range(len(result.shares))],
        hovertemplate="%{customdata}<extra></extra>"))
    figure.update_xaxes(frame.axis(theme, result.axis, zeroline=True, zerolinecolor=theme.muted, tickformat="~g",
                                   exponentformat="power", range=[float(left[0]), float(right[-1])], nticks=7))
    figure.update_yaxes(frame.axis(theme, result.y_axis, tickformat=".0%" if result.shares.max(initial=0) > 0.05
                                   else ".1%", range=[0, 1.06 * float(result.shares.max(initial=0)) or 1]))
    if not result.shares.any():
        frame.add_note(figure, theme, "Nothing to show yet")
    return figure


def describe_histogram(result: Histogram) -> Text:
    """Describe the range of the values and the fullest bin."""
    if not result.shares.any():
        return text("{title}: nothing to show yet.", title=result.title)
    fullest = int(result.shares.argmax())
    return text("{title}: {axis} from {low} to {high}; the fullest bin, from {start} to {end}, holds {share}.",
                title=result.title, axis=result.axis, low=format_number(float(result.edges[0])),
                high=format_number(float(result.edges[-1])), start=format_number(float(result.edges[fullest])),
                end=format_number(float(result.edges[fullest + 1])),
                share=format_percent(float(result.shares[fullest])))


def _words(result: Histogram, theme: Theme, index: int) -> str:
    """Format a bin, such as `−0.1 to 0: 12.5 %`; the outermost bins include everything beyond."""
    low, high = (format_number(float(edge), 3) for edge in result.edges[index:index + 2])
    share = format_percent(float(result.shares[index]))
    if index == 0:
        return theme.say(text("below {high}: {share}", high=high, share=share))
    if index == len(result.shares) - 1:
        return theme.say(text("above {low}: {share}", low=low, share=share))
    return theme.say(text("{low} to {high}: {share}", low=low, high=high, share=share))
