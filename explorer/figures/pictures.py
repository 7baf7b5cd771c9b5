"""Results that a page draws with components of its own, as figures for a notebook and in words."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.heatmap import SQUARE_HEIGHT_PX, figure_heatmap
from explorer.figures.theme import Theme
from explorer.formatting import format_number, with_unit
from explorer.results import Heatmap, ImageGrid, Predictions, Quantities, Writing
from explorer.text import Text, text

_MAX_MAPS, _MAX_SIDE = 64, 512  # maps in a figure; cells along a side of it
_QUANTITY_PX, _WORDS_PX = 110, 160


def figure_image_grid(result: ImageGrid, theme: Theme, height: int = SQUARE_HEIGHT_PX) -> go.Figure:
    """Draw the first 64 maps of a node side by side, one scale for all; numbers that are not maps become one row.

    Of large maps every second pixel is drawn, or every third, ...
    """
    values = result.values[:_MAX_MAPS] if result.values.shape[1:] != (1, 1) else result.values.reshape(1, 1, -1)
    tiled = _tile(values) if values.size else np.zeros((0, 0), np.float32)
    limit = float(np.abs(tiled[np.isfinite(tiled)]).max(initial=0.0)) or 1.0
    figure = figure_heatmap(Heatmap(result.title, tiled, "height", "width", result.signed, unit=result.unit,
                                    limit=limit), theme, height)
    if len(values) > 1:  # a place in the picture is none in a map
        figure.update_xaxes(showticklabels=False, ticks="")
        figure.update_yaxes(showticklabels=False, ticks="")
    return figure


def _tile(maps: np.ndarray) -> np.ndarray:
    """Lay maps (map, height, width) out as one picture, row by row, with a gap of one pixel between them."""
    columns = math.ceil(math.sqrt(len(maps)))
    step = math.ceil(max(maps.shape[1:]) * columns / _MAX_SIDE)
    maps = maps[:, ::step, ::step]
    count, height, width = maps.shape
    picture = np.full((math.ceil(count / columns) * (height + 1) - 1, columns * (width + 1) - 1), np.nan, np.float32)
    for place, values in enumerate(maps):
        row, column = divmod(place, columns)
        top, left = row * (height + 1), column * (width + 1)
        picture[top:top + height, left:left + width] = values
    return picture


def figure_quantities(result: Quantities, theme: Theme, height: int = _QUANTITY_PX) -> go.Figure:
    """Draw numbers with their names, side by side."""
    figure = frame.blank(theme, result.title, height + theme.px(44))
    for place, (label, value) in enumerate(zip(result.labels, result.values, strict=True)):
        figure.add_annotation(text=f"{theme.say(label)}<br><b>{with_unit(float(value), theme.say(result.unit))}</b>",
                              x=(place + 0.5) / len(result.labels), y=0.5, xref="paper", yref="paper", showarrow=False,
                              font={"size": theme.title_font_px, "color": theme.text})
    return _without_axes(figure)


def figure_writing(result: Writing, theme: Theme, height: int = _WORDS_PX) -> go.Figure:
    """Draw a prompt and its continuation, the latter bold."""
    figure = frame.blank(theme, result.title, height)
    words = f"{theme.say_in_lines(result.prompt, 80)}<br><b>{theme.say_in_lines(result.written, 80)}</b>"
    figure.add_annotation(text=words, x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="top",
                          align="left", showarrow=False, font={"size": theme.axis_font_px, "color": theme.text})
    return _without_axes(figure)


def _without_axes(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def describe_quantities(result: Quantities) -> Text:
    """List the numbers by their names."""
    named = ", ".join(f"{label} {with_unit(float(value), result.unit)}"
                      for label, value in zip(result.labels, result.values, strict=True))
    return text("{title}: {named}.", title=result.title, named=named)


def describe_writing(result: Writing) -> Text:
    """Quote the text after its prompt."""
    return text("{title}: after “{prompt}”, “{written}”.", title=result.title, prompt=result.prompt,
                written=result.written)


def describe_image_grid(result: ImageGrid) -> Text:
    """Describe the number and size of the maps, and the range of their values."""
    count, height, width = result.values.shape
    if not result.values.size:
        return text("{title}: nothing to show yet.", title=result.title)
    finite = result.values[np.isfinite(result.values)]
    if not finite.size:
        return text("{title}: {count} maps of {height}×{width} without a finite value.", title=result.title,
                    count=format_number(count), height=height, width=width)
    return text("{title}: {count} maps of {height}×{width}, values from {low} to {high}.", title=result.title,
                count=format_number(count), height=height, width=width,
                low=with_unit(float(finite.min()), result.unit), high=with_unit(float(finite.max()), result.unit))


def describe_predictions(result: Predictions) -> Text:
    """Describe how many samples are predicted correctly."""
    known = [entry for entry in result.entries if entry.target is not None]
    right = sum(int(np.argmax(entry.probabilities)) == entry.target for entry in known)
    if not known:
        return text("{title}: predictions for {count} samples.", title=result.title, count=len(result.entries))
    return text("{title}: {right} of {count} samples are predicted correctly.",
                title=result.title, right=right, count=len(known))
