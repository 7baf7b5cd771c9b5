"""Bar charts, one bar per label: class probabilities, attributions, costs by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import BLUE, ORANGE, Theme
from explorer.formatting import format_percent, with_unit
from explorer.results import Bars
from explorer.text import Text, text

MAX_WRITTEN_BARS = 24
_ROOM = 0.2  # of the axis, for the number at the longest bar's end


def figure_bars(result: Bars, theme: Theme, height: int = frame.HEIGHT_PX, vertical: bool = False) -> go.Figure:
    """Draw bars with their values at their ends, the first label on top (or at the left); one may be highlighted.

    >>> import numpy as np
    >>> from explorer.results import Bars
    >>> figure_bars(Bars("Votes", ("yes", "no"), np.array([3.0, 1.0]), "votes"), Theme()).data[0].type
    'bar'
    """
    figure = frame.blank(theme, result.title, height, bargap=0.25)
    places, values = list(range(len(result.labels))), np.where(np.isfinite(result.values), result.values, np.nan)
    lengths, names = {"range": _range(result, values)}, _label_axis(result, theme, places)
    shape = {"x": places, "y": values} if vertical else {"x": values, "y": places, "orientation": "h"}
    words, exact = _words(result, theme, _short_share), _words(result, theme, with_unit)
    figure.add_trace(go.Bar(
        **shape, marker={"color": _colors(result, theme), "line": {"width": 0}}, cliponaxis=False,
        text=words if len(words) <= MAX_WRITTEN_BARS else None, textposition="outside", constraintext="none",
        textfont={"size": theme.axis_font_px, "color": theme.text}, textangle=0,
        customdata=[f"{theme.say(label)}: {word}" for label, word in zip(result.labels, exact, strict=True)],
        hovertemplate="%{customdata}<extra></extra>"))
    value_axis = frame.axis(theme, result.axis, result.unit, **lengths, **_zero_line(result, theme))
    figure.update_layout(**({"xaxis": names, "yaxis": value_axis} if vertical else
                            {"xaxis": value_axis, "yaxis": names | {"autorange": "reversed"}}))
    return figure


def describe_bars(result: Bars) -> Text:
    """Describe the highlighted bar and the largest one."""
    if not len(result.values) or not np.isfinite(result.values).any():
        return text("{title}: nothing to show yet.", title=result.title)
    largest = int(np.nanargmax(result.values))
    facts = {"title": result.title, "axis": result.axis, "count": len(result.labels), "label": result.labels[largest],
             "value": with_unit(float(result.values[largest]), result.unit)}
    if result.highlight is None or result.highlight == largest:
        return text("{title}: of {count} bars, {label} has the largest {axis}, {value}.", **facts)
    return text("{title}: of {count} bars, {label} has the largest {axis}, {value}; {marked} has {marked_value}.",
                marked=result.labels[result.highlight],
                marked_value=with_unit(float(result.values[result.highlight]), result.unit), **facts)


def _range(result: Bars, values: np.ndarray) -> list[float]:
    """Compute the range of the value axis, with room for the number of the longest bar."""
    low, high = result.limits or (float(np.nanmin(values, initial=0.0)), float(np.nanmax(values, initial=0.0)))
    if result.signed:
        high = max(abs(low), abs(high))
        low = -high
    span = (high - low) or 1.0
    return [low - (_ROOM * span if low < 0 else 0.0), high + _ROOM * span]


def _words(result: Bars, theme: Theme, write: Callable[[float, str], str]) -> list[str]:
    """Format each bar's number; `write` formats shares, everything else has four significant digits."""
    write = write if result.limits == (0.0, 1.0) else with_unit
    marked = ["<b>{}</b>" if i == result.highlight else "{}" for i in range(len(result.values))]
    unit = theme.say(result.unit)
    return [style.format(write(float(v), unit)) for style, v in zip(marked, result.values, strict=True)]


def _short_share(value: float, unit: str) -> str:
    """Format a share of 1: `83.7 %`, `< 0.1 %`; the exact number is on hover."""
    return "< 0.1 %" if 0 < value < 0.001 else format_percent(value)


def _colors(result: Bars, theme: Theme) -> list[str]:
    if result.signed:
        full = [ORANGE if value < 0 else BLUE for value in result.values]
    else:
        full = [theme.slate] * len(result.values)
    some = result.highlight is not None
    return [theme.legible(theme.pale(c, 0.55)) if some and i != result.highlight else c for i, c in enumerate(full)]


def _label_axis(result: Bars, theme: Theme, places: list[int]) -> dict[str, Any]:
    kept = places[:: -(-len(places) // MAX_WRITTEN_BARS) or 1]
    words = ["<b>{}</b>" if i == result.highlight else "{}" for i in kept]
    return frame.axis(theme, "", tickvals=kept, showgrid=False, ticks="",
                      ticktext=[style.format(theme.say(result.labels[i])) for style, i in zip(words, kept)],
                      tickfont={"size": theme.axis_font_px, "color": theme.text})


def _zero_line(result: Bars, theme: Theme) -> dict[str, Any]:
    return {"zeroline": True, "zerolinecolor": theme.muted} if result.signed else {}
