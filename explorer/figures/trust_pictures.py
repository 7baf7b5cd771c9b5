"""Findings as figures."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Theme
from explorer.results import Finding
from explorer.text import Text, text

_PX = 110


def figure_finding(result: Finding, theme: Theme, height: int = _PX) -> go.Figure:
    """Write a finding out.

    >>> figure_finding(Finding("Agreement", Text("They agree.")), Theme()).layout.annotations[-1].text
    'They agree.'
    """
    figure = frame.blank(theme, result.title, height)
    figure.add_annotation(text=theme.say_in_lines(result.sentence, 110), x=0, y=1, xref="paper", yref="paper",
                          xanchor="left", yanchor="top", align="left", showarrow=False,
                          font={"size": theme.axis_font_px, "color": theme.text})
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    return figure


def describe_finding(result: Finding) -> Text:
    """Describe a finding in its own words."""
    return text("{sentence}", sentence=result.sentence)
