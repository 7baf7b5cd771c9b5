"""Panels side by side in one figure: each with axes of its own and a title with the range of its colors."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.figures.theme import Theme
from explorer.formatting import format_number
from explorer.text import Text, text

GAP = 0.04  # of the figure's width, between two panels
_TITLE_PX = 40


def domain_of(place: int, count: int) -> list[float]:
    """Return the part of the figure's width that belongs to one of several panels.

    >>> domain_of(1, 2)
    [0.52, 1.0]
    """
    width = (1 - GAP * (count - 1)) / count
    left = place * (width + GAP)
    return [left, left + width]


def names_of_axes(place: int) -> dict[str, str]:
    """Name the axes of a panel as a trace refers to them.

    >>> names_of_axes(0), names_of_axes(1)
    ({'xaxis': 'x', 'yaxis': 'y'}, {'xaxis': 'x2', 'yaxis': 'y2'})
    """
    number = str(place + 1) if place else ""
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def room_above(theme: Theme, height: int) -> float:
    """Return the height of panels as a part of a plot's, `height` px without margins, below two lines of words.

    >>> room_above(Theme(), 400)
    0.9
    """
    return 1 - theme.px(_TITLE_PX) / theme.px(height)


def add_title(figure: go.Figure, theme: Theme, place: int, count: int, title: str | Text, words: str | Text) -> None:
    """Write the title of a panel above it, and the range of its colors in a second line."""
    figure.add_annotation(
        text=f"{theme.say(title)}<br><span style='color:{theme.muted}'>{theme.say(words)}</span>",
        x=domain_of(place, count)[0], xref="paper", xanchor="left", y=1, yref="paper", yanchor="top", align="left",
        showarrow=False, font={"size": theme.axis_font_px, "color": theme.text})


def range_of(limit: float, signed: bool, unit: str = "") -> Text:
    """Describe the range of a color scale in words.

    >>> str(range_of(2.0, signed=True, unit="px"))
    'from −2 to 2 px'
    """
    low, high = (format_number(-limit, 3) if signed else "0"), format_number(limit, 3)
    return text("from {low} to {high} {unit}", low=low, high=high, unit=unit) if unit else \
        text("from {low} to {high}", low=low, high=high)
