"""Change over training as figures: frames of a film side by side, and histograms step by step."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Theme
from explorer.formatting import format_number
from explorer.results import Film, HistogramSeries
from explorer.text import Text, text

_FILM_PX, _MOST_SHOWN = 240, 12


def figure_film(result: Film, theme: Theme, height: int = _FILM_PX) -> go.Figure:
    """Draw frames of a film side by side on one scale, 12 of a long one, each over its step.

    >>> frames = np.ones((2, 1, 3, 3), np.float32)
    >>> film = Film(text("conv1"), "conv1", "map", (0,), np.arange(2), frames, 1, (1, 1), (1, 1), False, 1.0,
    ...             np.zeros(2), np.zeros(2), np.arange(2))
    >>> figure_film(film, Theme()).data[0].z.shape
    (3, 8)
    """
    figure = frame.blank(theme, result.title, height)
    if not len(result.steps):
        frame.add_note(figure, theme, "Nothing to show yet")
        return figure
    places = np.unique(np.linspace(0, len(result.steps) - 1, _MOST_SHOWN).round().astype(int))
    pictures = [mosaic(result.frames[place], result.across) for place in places]
    gap = max(1, pictures[0].shape[1] // 10)
    padded = [np.pad(picture, ((0, 0), (0, gap)), constant_values=np.nan) for picture in pictures]
    limit = result.limit or 1.0
    figure.add_trace(go.Heatmap(
        z=np.concatenate(padded, axis=1), zmin=-limit if result.signed else 0, zmax=limit,
        colorscale=theme.diverging if result.signed else theme.sequential))
    width, each = pictures[0].shape[1], padded[0].shape[1]
    figure.update_xaxes(frame.axis(theme, "step", showgrid=False,
                                   tickvals=[(width - 1) / 2 + each * n for n in range(len(places))],
                                   ticktext=[f"{result.steps[place]:,}" for place in places]))
    figure.update_yaxes(autorange="reversed", showticklabels=False, showgrid=False, zeroline=False, scaleanchor="x")
    return figure


def mosaic(tiles: np.ndarray, across: int) -> np.ndarray:
    """Put tiles (tile, height, width) into one picture, `across` in a row, with NaN between them.

    >>> mosaic(np.ones((3, 2, 2)), 2).shape
    (5, 5)
    """
    count, height, width = tiles.shape
    rows = -(-count // max(1, across))
    picture = np.full((rows * (height + 1) - 1, across * (width + 1) - 1), np.nan, np.float32)
    for place, tile in enumerate(tiles):
        top, left = place // across * (height + 1), place % across * (width + 1)
        picture[top:top + height, left:left + width] = tile
    return picture


def describe_film(result: Film) -> Text:
    """Describe from which step to which a film goes, and how large its values are."""
    if not len(result.steps):
        return text("{title}: no step could be read.", title=result.title)
    return text("{title} at {count} steps, from {first} to {last}; the largest magnitude is {limit}.",
                title=result.title, count=len(result.steps), first=int(result.steps[0]), last=int(result.steps[-1]),
                limit=format_number(result.limit))


def figure_histogram_series(result: HistogramSeries, theme: Theme, height: int = frame.HEIGHT_PX) -> go.Figure:
    """Draw the share of values in each bin, a column for each step, with the mean as a line.

    >>> counts, zeros = np.ones((2, 3), np.int32), np.zeros(2)
    >>> series = HistogramSeries(text("Weights"), "conv1", "weights", np.arange(2), np.linspace(-1, 1, 4), counts,
    ...                          zeros, zeros, (0.5,), np.zeros((2, 1)), zeros, 3, 3, zeros, zeros)
    >>> figure_histogram_series(series, Theme()).data[0].z.shape
    (3, 2)
    """
    figure = frame.blank(theme, result.title, height)
    if not len(result.steps):
        frame.add_note(figure, theme, "Nothing to show yet")
        return figure
    shares = result.counts / np.maximum(1, result.counts.sum(1, keepdims=True))
    names = [f"{step:,}" for step in result.steps]
    figure.add_trace(go.Heatmap(z=shares.T, x=names, y=(result.edges[:-1] + result.edges[1:]) / 2, zmin=0,
                                colorscale=theme.sequential))
    figure.add_trace(go.Scatter(x=names, y=result.mean, mode="lines", line={"color": theme.text, "width": 1.5},
                                name=theme.say("mean"), showlegend=False))
    figure.update_xaxes(frame.axis(theme, "step", type="category", nticks=12))
    figure.update_yaxes(frame.axis(theme, "value"))
    return figure


def describe_histogram_series(result: HistogramSeries) -> Text:
    """Describe how the mean and the spread of values changed."""
    if not len(result.steps):
        return text("{title}: no step could be read.", title=result.title)
    first, last = (format_number(float(result.spread[place])) for place in (0, -1))
    return text("{title} at {count} steps: standard deviation from {first} to {last}, mean {mean} at the end.",
                title=result.title, count=len(result.steps), first=first, last=last,
                mean=format_number(float(result.mean[-1])))
