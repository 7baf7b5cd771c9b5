"""Common parts of figures: background, fonts, axes with names and units, room for labels, the color bar."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from explorer.figures.theme import Theme
from explorer.formatting import format_number, power_of_ten
from explorer.text import Text

HEIGHT_PX = 320
WAITING = "Waiting for the first step"
HOVER_NUMBER, HOVER_TINY = ",.4~r", ".4~g"


def blank(theme: Theme, title: str | Text, height: int, **more: Any) -> go.Figure:
    """Make a figure without data: fixed height, constant `uirevision` so that a zoom survives a live refresh."""
    font = {"size": theme.axis_font_px, "color": theme.text, "family": "Source Sans Pro, Source Sans, sans-serif"}
    layout = {
        "height": theme.px(height), "uirevision": "constant", "font": font,
        "paper_bgcolor": theme.background, "plot_bgcolor": theme.background,
        "title": title_of(theme, title),
        "margin": {"l": theme.px(64), "r": theme.px(20), "t": theme.px(44), "b": theme.px(52)},
        "showlegend": False, "hovermode": "closest",
        "hoverlabel": {"font": font, "bgcolor": theme.panel, "bordercolor": theme.muted},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": theme.muted, "activecolor": theme.text},
    }
    return go.Figure(layout=layout | more)


def title_of(theme: Theme, title: str | Text) -> dict[str, Any]:
    return {"text": theme.say(title), "x": 0, "xref": "container", "xanchor": "left",
            "y": 1, "yref": "container", "yanchor": "top", "pad": {"l": theme.px(14), "t": theme.px(12)},
            "font": {"size": theme.title_font_px, "color": theme.text}}


def axis(theme: Theme, name: str | Text, unit: str = "", log: bool = False, **more: Any) -> dict[str, Any]:
    """Make an axis with its name, its unit, and "log scale" if it has one."""
    return {
        "title": {"text": axis_name(theme, name, unit, log) if name else "", "standoff": theme.px(8),
                  "font": {"size": theme.axis_font_px, "color": theme.text}},
        "tickfont": {"size": theme.axis_font_px, "color": theme.muted},
        "tickformat": None if log else ",",
        "type": "log" if log else "linear", "gridcolor": theme.grid, "linecolor": theme.muted,
        "zeroline": False, "showline": True, "ticks": "outside", "tickcolor": theme.muted, "ticklen": 4,
        "automargin": True, "minor": {"ticks": ""},
    } | more


def axis_name(theme: Theme, name: str | Text, unit: str = "", log: bool = False) -> str:
    """Name an axis: `loss`, `time (s)`, `gradient norm (log scale)`, `time (s, log scale)`."""
    notes = ", ".join(note for note in (theme.say(unit), theme.say("log scale") if log else "") if note)
    return f"{theme.say(name)} ({notes})" if notes else theme.say(name)


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """Choose ticks of a log axis from 10^low to 10^high: powers of ten, or closer ones if too few are in view."""
    decades = range(math.floor(low) - 1, math.ceil(high) + 2)
    steps = ((1,), (1, 2, 5), tuple(range(1, 10)), tuple(n / 10 for n in range(10, 100)))
    wanted = 4 if high - low > 3 else 3
    sets = [[s * 10.0**d for d in decades for s in chosen] for chosen in steps]
    shown = next((s for s in sets if sum(low <= math.log10(v) <= high for v in s) >= wanted), sets[-1])
    return {"tickvals": shown, "ticktext": [_log_label(value) for value in shown]}


def _log_label(value: float) -> str:
    exponent = round(math.log10(value))
    power = math.isclose(value, 10.0**exponent) and abs(exponent) > 2
    return power_of_ten(exponent) if power else format_number(value, 3)


def color_bar(figure: go.Figure, theme: Theme, title: str, **more: Any) -> dict[str, Any]:
    """Make a color bar; its title runs along the figure's right edge, clear of the ticks."""
    figure.update_layout(margin_r=theme.px(112))
    figure.add_annotation(text=title, textangle=-90, x=1, xref="paper", xanchor="right", xshift=theme.px(108), y=0.5,
                          yref="paper", showarrow=False, font={"size": theme.axis_font_px, "color": theme.text})
    return {"tickfont": {"size": theme.axis_font_px, "color": theme.muted}, "thickness": theme.px(14),
            "len": 1, "lenmode": "fraction", "ypad": 0, "x": 1, "xanchor": "left", "xpad": theme.px(12),
            "outlinewidth": 0, "ticks": "outside", "ticklen": 3, "tickcolor": theme.muted} | more


def top_legend(theme: Theme) -> dict[str, Any]:
    """Put the legend in one line above the plot, at the right of the title."""
    return {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.01, "yanchor": "bottom", "itemsizing": "constant",
            "font": {"size": theme.axis_font_px, "color": theme.text}, "bgcolor": "rgba(0,0,0,0)"}


def bottom_legend(figure: go.Figure, theme: Theme, names: list[str]) -> None:
    """Put the legend under the plot, for names too long to fit above it, with room for its rows."""
    rows = 1 + sum(len(name) + 7 for name in names) // 75
    figure.update_layout(margin_b=theme.px(54 + 22 * rows), legend=top_legend(theme) | {
        "x": 0, "xanchor": "left", "y": 0, "yanchor": "bottom", "yref": "container", "xref": "container"})


def add_note(figure: go.Figure, theme: Theme, words: str | Text) -> None:
    """Add a sentence in the middle of the plot, for a figure with nothing to show yet."""
    figure.add_annotation(text=theme.say_in_lines(words), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False,
                          font={"size": theme.title_font_px, "color": theme.muted})


def add_box(figure: go.Figure, left: float, top: float, right: float, bottom: float, **axes: str) -> None:
    """Frame a part of a picture, dark on light, so that it is seen on any color. axes: xref and yref."""
    for color, width in (("#FFFFFF", 4), ("#1F2937", 2)):
        figure.add_shape(type="rect", x0=left, x1=right, y0=top, y1=bottom, line={"color": color, "width": width},
                         **axes)
