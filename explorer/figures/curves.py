"""Line charts: loss, accuracy, learning rate; raw lines thin and pale, smoothed ones strong, labels at their ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Role, Theme
from explorer.formatting import format_number, with_unit
from explorer.results import Curve, Curves, Reference
from explorer.text import Text, text

MAX_DIRECT_LABELS, MAX_LABEL_CHARACTERS = 6, 22
_MOST_WHOLE_TICKS = 12
MAX_MARKED_POINTS = 30


def figure_curves(result: Curves, theme: Theme, height: int = frame.HEIGHT_PX) -> go.Figure:
    """Draw curves with their names at their right ends, or in a legend if names are too many or too long.

    >>> line = Curve("training", np.arange(3), np.array([2.0, 1.0, 0.5]))
    >>> figure_curves(Curves("Loss", (line,), "epoch", "loss"), Theme()).layout.xaxis.title.text
    'epoch'
    """
    figure = frame.blank(theme, result.title, height)
    named = [curve for curve in result.curves if not curve.raw and _finite(result, curve).any()]
    direct = len(named) <= MAX_DIRECT_LABELS and all(len(c.name) <= MAX_LABEL_CHARACTERS for c in named)
    for curve in sorted(result.curves, key=lambda c: not c.raw):
        figure.add_trace(_line(result, curve, theme, in_legend=not direct))
    y_range = _y_range(result)
    x_title = text("{axis} · {drawn}", axis=result.x_axis, drawn=result.drawn) if result.drawn else result.x_axis
    figure.update_xaxes(frame.axis(theme, x_title, range=_x_range(result), **_whole_ticks(result)))
    ticks = frame.log_ticks(*y_range) if result.log_y else {}
    figure.update_yaxes(frame.axis(theme, result.y_axis, result.unit, result.log_y, range=y_range, **ticks))
    if direct:
        _add_labels(figure, result, named, theme, y_range)
    else:
        frame.bottom_legend(figure, theme, [curve.name for curve in named])
    _add_references(figure, result, theme, y_range)
    figure.update_layout(showlegend=not direct)
    if not any(_finite(result, curve).any() for curve in result.curves):
        frame.add_note(figure, theme, result.note or frame.WAITING)
    elif result.note:
        _add_note(figure, result.note, theme)
    return figure


def describe_curves(result: Curves) -> Text:
    """Describe where each curve starts and where it ends."""
    sentences = [*(_journey(result, curve) for curve in result.curves if not curve.raw), result.note]
    return _joined([s for s in sentences if s] or [text("{title}: waiting for the first step.", title=result.title)])


def _journey(result: Curves, curve: Curve) -> Text | None:
    good = _finite(result, curve)
    if not good.any():
        return None
    x, y = curve.x[good], curve.y[good]
    facts = {"name": curve.name, "quantity": result.y_axis, "end": with_unit(float(y[-1]), result.unit),
             "start": with_unit(float(y[0]), result.unit), "x": format_number(_whole(x[-1])), "axis": result.x_axis}
    if len(y) == 1:
        return text("{name}: {quantity} is {end} at {axis} {x}.", **facts)
    if facts["start"] == facts["end"]:
        return text("{name}: {quantity} starts and ends at {end}, at {axis} {x}.", **facts)
    if y[-1] < y[0]:
        return text("{name}: {quantity} falls from {start} to {end} by {axis} {x}.", **facts)
    return text("{name}: {quantity} rises from {start} to {end} by {axis} {x}.", **facts)


def _whole_ticks(result: Curves) -> dict[str, int]:
    """Put ticks on whole numbers alone where every point lies on one of a few, such as the layers of a network."""
    x = np.concatenate([np.asarray(curve.x, float) for curve in result.curves] or [np.zeros(0)])
    few = len(x) and 0 < np.ptp(x) <= _MOST_WHOLE_TICKS and (x == np.round(x)).all()
    return {"dtick": 1} if few else {}


def _joined(sentences: list[Text]) -> Text:
    """Join sentences, each with its own template."""
    names = [f"s{i}" for i in range(len(sentences))]
    return text(" ".join(f"{{{name}}}" for name in names), **dict(zip(names, sentences, strict=True)))


def _whole(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)


def _finite(result: Curves, curve: Curve) -> np.ndarray:
    """Find the points that can be drawn: (point,) of bool."""
    good = np.isfinite(curve.x) & np.isfinite(curve.y)
    return good & (curve.y > 0) if result.log_y else good


def _style(curve: Curve, theme: Theme) -> Role:
    return theme.run(curve.place) if curve.role == "run" else theme.role(curve.role)


def _line(result: Curves, curve: Curve, theme: Theme, in_legend: bool) -> go.Scatter:
    style, good = _style(curve, theme), _finite(result, curve)
    marked = not curve.raw and good.sum() <= MAX_MARKED_POINTS
    color = theme.pale(style.color, 0.35) if curve.raw else style.color
    return go.Scatter(
        x=curve.x, y=np.where(good, curve.y, np.nan), name=theme.say(curve.name), connectgaps=False,
        mode="lines+markers" if marked else "lines", showlegend=in_legend and not curve.raw,
        line={"color": color, "width": theme.px(1) if curve.raw else 2.5 * theme.scale,
              "dash": "solid" if curve.raw else style.dash},
        marker={"color": color, "symbol": style.symbol, "size": theme.px(7)},
        hoverinfo="skip" if curve.raw else None, hovertemplate=None if curve.raw else _hover(result, curve, theme))


def _hover(result: Curves, curve: Curve, theme: Theme) -> str:
    number = frame.HOVER_TINY if result.log_y else frame.HOVER_NUMBER
    unit = f" {theme.say(result.unit)}" if result.unit else ""
    return f"{theme.say(curve.name)}: %{{y:{number}}}{unit}<br>{theme.say(result.x_axis)} %{{x:,}}<extra></extra>"


def _x_range(result: Curves) -> list[float]:
    """Compute the range from the first point to a little after the last, so that its marker is not cut."""
    drawn = [curve.x[good] for curve in result.curves if (good := _finite(result, curve)).any()]
    if not drawn:
        return [0.0, 10.0]
    low, high = float(min(x.min() for x in drawn)), float(max(x.max() for x in drawn))
    return [low, high + 0.015 * (high - low)] if high > low else [low - 0.5, high + 0.5]


def _y_range(result: Curves) -> list[float]:
    """Compute the range in the axis's units (powers of ten on a log axis), so that everything named fits."""
    if result.y_range is not None:
        low, high = result.y_range
        return [math.log10(low), math.log10(high)] if result.log_y else [low, high]
    ends = [end for curve in result.curves for end in _extent(result, curve)] + [r.y for r in result.references]
    ends = [math.log10(end) if result.log_y else end for end in ends if end > 0 or not result.log_y]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    pad = 0.06 * (high - low) or 0.5 * max(abs(high), 0.1)
    return [low - pad, high + pad]


def _extent(result: Curves, curve: Curve) -> list[float]:
    """Find the lowest and the highest value; of a raw curve without its rarest outliers."""
    y = curve.y[_finite(result, curve)]
    return [float(v) for v in np.percentile(y, (1, 99) if curve.raw else (0, 100))] if len(y) else []


def _add_references(figure: go.Figure, result: Curves, theme: Theme, y_range: list[float]) -> None:
    shown = [r for r in result.references if r.y > 0 or not result.log_y]
    for reference in shown:
        figure.add_hline(reference.y, line={"color": theme.muted, "width": theme.px(1), "dash": "dash"}, layer="below")
    places = [_position(r.y, result) for r in shown]
    for reference, place, shift in zip(shown, places, _shifts(places, y_range, figure, theme), strict=True):
        figure.add_annotation(_reference_label(reference, theme, place, shift, y_range))


def _add_note(figure: go.Figure, note: Text, theme: Theme) -> None:
    """Add a note above the plot, at its right end."""
    figure.add_annotation(text=theme.say(note), x=1, xref="paper", xanchor="right", y=1, yref="paper", yanchor="bottom",
                          showarrow=False, font={"size": theme.axis_font_px, "color": theme.warning.color})


def _reference_label(reference: Reference, theme: Theme, place: float, shift: float,
                     y_range: list[float]) -> dict[str, Any]:
    """Place the name at the right, above its line, or below it if there is no room above."""
    near_top = place > y_range[1] - 0.1 * (y_range[1] - y_range[0])
    return {"text": f"{theme.say(reference.name)} {format_number(reference.y)}", "x": 1, "xref": "paper",
            "xanchor": "right", "y": place, "yshift": shift, "yanchor": "top" if near_top else "bottom",
            "showarrow": False, "bgcolor": _clear(theme.background), "borderpad": 1,
            "font": {"size": theme.axis_font_px, "color": theme.muted}}


def _clear(color: str) -> str:
    """Make a color slightly transparent."""
    return f"rgba({int(color[1:3], 16)},{int(color[3:5], 16)},{int(color[5:7], 16)},0.8)"


def _add_labels(figure: go.Figure, result: Curves, named: list[Curve], theme: Theme, y_range: list[float]) -> None:
    """Write names at the right ends of lines; that of a single point at the point, unless it is at the right end."""
    low, high = _x_range(result)
    near = (high - low) / 10
    lines = [each for each in named if _finite(result, each).sum() > 1 or _end(result, each)[0] > high - near] or named
    places = [_end(result, curve)[1] for curve in lines]
    for curve, place, shift in zip(lines, places, _shifts(places, y_range, figure, theme), strict=True):
        _add_label(figure, curve, theme, x=1, xref="paper", xanchor="left", xshift=theme.px(8), y=place, yshift=shift,
                   yanchor="middle")
    for curve in (each for each in named if not any(each is line for line in lines)):
        x, y = _end(result, curve)
        is_high = y > sum(y_range) / 2
        _add_label(figure, curve, theme, x=x, xanchor="left" if x < low + near else "center", y=y,
                   yanchor="top" if is_high else "bottom", yshift=theme.px(-8 if is_high else 8))
    longest = max((len(theme.say(curve.name)) for curve in lines), default=0)
    figure.update_layout(margin_r=theme.px(20) + round(longest * 0.58 * theme.axis_font_px))


def _add_label(figure: go.Figure, curve: Curve, theme: Theme, **place: Any) -> None:
    color = theme.legible(_style(curve, theme).color, 4.5)
    figure.add_annotation(text=theme.say(curve.name), showarrow=False, **place,
                          font={"size": theme.axis_font_px, "color": color})


def _end(result: Curves, curve: Curve) -> tuple[float, float]:
    """Return the last point that is drawn, its y in the axis's units."""
    good = _finite(result, curve)
    return float(curve.x[good][-1]), _position(float(curve.y[good][-1]), result)


def _position(y: float, result: Curves) -> float:
    return math.log10(y) if result.log_y else y


def _shifts(places: list[float], y_range: list[float], figure: go.Figure, theme: Theme) -> list[float]:
    """Compute how far each label moves up, in pixels, so that none covers another."""
    inner = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    wanted = [(place - y_range[0]) / (y_range[1] - y_range[0]) * inner for place in places]
    return [got - want for got, want in zip(spread(wanted, theme.px(17)), wanted, strict=True)]


def spread(wanted: list[float], gap: float) -> list[float]:
    """Spread positions at least `gap` apart, as near as possible to those wanted, in the same order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[int]] = []
    for i in order:
        groups.append([i])
        while len(groups) > 1 and _bottom(groups[-1], wanted, gap) < _top(groups[-2], wanted, gap):
            groups[-2:] = [groups[-2] + groups[-1]]
    placed = {i: _bottom(group, wanted, gap) + gap * n for group in groups for n, i in enumerate(group)}
    return [placed[i] for i in range(len(wanted))]


def _bottom(group: list[int], wanted: list[float], gap: float) -> float:
    """Compute where a group of touching labels starts, centered on the positions that its members want."""
    return sum(wanted[i] - gap * n for n, i in enumerate(group)) / len(group)


def _top(group: list[int], wanted: list[float], gap: float) -> float:
    return _bottom(group, wanted, gap) + gap * len(group)
