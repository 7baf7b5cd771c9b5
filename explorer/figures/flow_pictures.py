"""Attention flow over an image's patches, or over the characters of a text."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.panels import add_title, domain_of, names_of_axes, range_of, room_above
from explorer.figures.picture_rows import png_url
from explorer.figures.theme import Theme, color_at, ink_on
from explorer.formatting import format_number
from explorer.results.head_results import FlowMap, FlowMaps
from explorer.text import Text, text

_FLOW_PX, _BELOW_PX = 310, 84
_LINE_OF_WORDS = 60  # characters: a figure may have half of the page
_LINE = 24  # tokens of a text in one line
_MOST_WRITTEN = 512  # tokens with their characters
_OVER = 0.6  # how much of the picture the colors cover
_ASIDE = 0.3  # the size of a token without a place, in widths of the picture


def figure_flow_maps(result: FlowMaps, theme: Theme, height: int = _FLOW_PX) -> go.Figure:
    """Draw each map over the image, a token without a place beside it; over a text, its characters in lines.

    >>> patch = FlowMap("rollout", np.array([0.5]), np.array([[0, 0, 4, 4]]))
    >>> len(figure_flow_maps(FlowMaps("Flow", (patch, patch), np.zeros((4, 4)), "the class token"), Theme()).data)
    4
    """
    figure = frame.blank(theme, result.title, max(height, _FLOW_PX))
    draw = _draw_over_image if result.picture.size else _draw_in_lines
    draw(figure, theme, result)
    _write_below(figure, theme, result)
    return figure


def _draw_over_image(figure: go.Figure, theme: Theme, result: FlowMaps) -> None:
    count = len(result.maps)
    for place, each in enumerate(result.maps):
        axes, number = names_of_axes(place), "" if place == 0 else place + 1
        _add_image(figure, theme, result.picture, each, axes)
        add_title(figure, theme, place, count, each.title, range_of(each.limit, signed=False))
        both = {"visible": False, "constrain": "domain"}
        figure.update_layout({
            f"xaxis{number}": both | {"domain": domain_of(place, count), "anchor": axes["yaxis"],
                                      "constraintoward": "left"},
            f"yaxis{number}": both | {"domain": [0, room_above(theme, _FLOW_PX - _BELOW_PX)], "anchor": axes["xaxis"],
                                      "autorange": "reversed", "constraintoward": "top",
                                      "scaleanchor": axes["xaxis"]}})


def _add_image(figure: go.Figure, theme: Theme, picture: np.ndarray, each: FlowMap, axes: dict[str, str]) -> None:
    high, wide = picture.shape[:2]
    figure.add_trace(go.Image(source=png_url(picture), hoverinfo="skip", **axes))
    figure.add_trace(_patches(theme, each, (high, wide), axes))
    aside = [place for place, box in enumerate(each.boxes) if box[0] < 0]
    for number, token in enumerate(aside):
        _add_aside(figure, theme, each, token, (number, wide), axes)


def _patches(theme: Theme, each: FlowMap, size: tuple[int, int], axes: dict[str, str]) -> go.Heatmap:
    """Color the pixels by their token, as coarsely as the patches allow."""
    placed = each.boxes[each.boxes[:, 0] >= 0]
    step = max(1, math.gcd(*size, *placed.flatten().tolist()))
    values = np.full((size[0] // step, size[1] // step), np.nan)
    for value, (top, left, bottom, right) in zip(each.values, each.boxes // step, strict=True):
        if top >= 0:
            values[top:bottom, left:right] = value if np.isfinite(value) else np.nan
    middle = (step - 1) / 2
    return go.Heatmap(
        z=values, x0=middle, dx=step, y0=middle, dy=step, zmin=0.0, zmax=each.limit, colorscale=theme.sequential,
        showscale=False, opacity=_OVER, hoverongaps=False, hovertemplate="%{z:.4~g}<extra></extra>", **axes)


def _add_aside(figure: go.Figure, theme: Theme, each: FlowMap, token: int, at: tuple[int, int],
               axes: dict[str, str]) -> None:
    """Draw a square beside the image for a token that stands for none of it, with its number."""
    number, wide = at
    side, value = _ASIDE * wide, float(each.values[token])
    left, top = wide + 0.05 * wide - 0.5, number * 1.2 * side - 0.5
    share = float(np.clip(value / each.limit, 0, 1)) if math.isfinite(value) else 0.0
    color = color_at(theme.sequential, share)
    figure.add_shape(type="rect", x0=left, x1=left + side, y0=top, y1=top + side, fillcolor=color,
                     layer="below",
                     line={"color": theme.muted, "width": 1}, xref=axes["xaxis"], yref=axes["yaxis"])
    figure.add_trace(go.Scatter(
        x=[left + side / 2], y=[top + side / 2], mode="text", text=[format_number(value, 2)],
        textfont={"size": theme.axis_font_px, "color": ink_on(color)}, hovertemplate=theme.say(
            text("class token: {value}", value=format_number(value))) + "<extra></extra>", **axes))


def _draw_in_lines(figure: go.Figure, theme: Theme, result: FlowMaps) -> None:
    """Color the tokens of a text in lines, one line for each map; each map has a scale of its own."""
    count = len(result.labels) or max(len(each.values) for each in result.maps)
    line = _LINE if count <= _MOST_WRITTEN else math.ceil(math.sqrt(2 * count))
    lines, height = -(-count // line), len(result.maps) + 1  # an empty row between lines
    shares, hover = np.full((lines, height, line), np.nan), np.full((lines, height, line), "", object)
    words = np.full((lines, height, line), "", object)
    for place, each in enumerate(result.maps):
        for value, (_top, left, _bottom, _right) in zip(each.values.tolist(), each.boxes.tolist(), strict=True):
            if 0 <= left < count:
                at = left // line, place, left % line
                label = theme.say(result.labels[left]) if result.labels else ""
                shares[at], words[at] = value / each.limit if math.isfinite(value) else math.nan, label
                hover[at] = f"{left} {label} · {theme.say(each.title)}: {format_number(value)}"
    written = {"text": words.reshape(-1, line), "texttemplate": "%{text}", "textfont": {"size": theme.axis_font_px}}
    figure.add_trace(go.Heatmap(
        z=shares.reshape(-1, line)[:-1], zmin=0.0, zmax=1.0, colorscale=theme.sequential, showscale=False, xgap=1,
        ygap=1, hoverongaps=False, customdata=hover.reshape(-1, line), hovertemplate="%{customdata}<extra></extra>",
        **(written if count <= _MOST_WRITTEN else {})))
    titles = [f"{theme.say(each.title)} (0 – {format_number(each.limit, 3)})" for each in result.maps]
    figure.update_xaxes(visible=False)
    figure.update_yaxes(frame.axis(
        theme, "", showgrid=False, ticks="", showline=False, autorange="reversed",
        tickvals=[row * height + place for row in range(lines) for place in range(len(titles))],
        ticktext=titles * lines))


def _write_below(figure: go.Figure, theme: Theme, result: FlowMaps) -> None:
    figure.update_layout(margin={"l": theme.px(8), "r": theme.px(8), "b": theme.px(_BELOW_PX)})
    words = "<br>".join(_sentences(theme, result))
    figure.add_annotation(text=words, x=0, xref="paper", xanchor="left", y=0, yref="paper", yanchor="top",
                          yshift=-theme.px(4), align="left", showarrow=False,
                          font={"size": theme.axis_font_px, "color": theme.muted})


def _sentences(theme: Theme, result: FlowMaps) -> Iterator[str]:
    has_aside = result.picture.size and any((each.boxes[:, 0] < 0).any() for each in result.maps)
    yield theme.say_in_lines(
        text("Read from {start}. The square beside an image is the class token.", start=result.start)
        if has_aside else text("Read from {start}.", start=result.start), _LINE_OF_WORDS)
    if result.note is not None:
        yield theme.say_in_lines(result.note, _LINE_OF_WORDS)


def describe_flow_maps(result: FlowMaps) -> Text:
    """Describe where the last of the maps has its largest value."""
    each = result.maps[-1]
    if not np.isfinite(each.values).any():
        return text("{title}: nothing to show yet.", title=result.title)
    token = int(np.nanargmax(each.values))
    top, left = each.boxes[token, :2].tolist()
    place = text("in no place of the input") if top < 0 else text("at row {row}, column {column}", row=top, column=left)
    return text("{title}, read from {start}: {count} maps; {map} is largest {place}, {value}.", title=result.title,
                start=result.start, count=len(result.maps), map=each.title, place=place,
                value=format_number(float(each.values[token])))
