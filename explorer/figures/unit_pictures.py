"""Paths of units as figures: the maps on the way from the input, each with its window framed."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Theme
from explorer.formatting import format_shape
from explorer.results import Stage, UnitPath
from explorer.text import Text, text

_PATH_PX, _MOST_STAGES = 240, 8
_GAP = 0.02  # between two maps, as a share of the width


def figure_unit_path(result: UnitPath, theme: Theme, height: int = _PATH_PX) -> go.Figure:
    """Draw the maps from the input to the unit side by side, with their windows framed; of a long path, 8 of them.

    >>> stage = Stage("conv1", "Conv2d", ("channel", "height", "width"), (6, 8, 8), (0, 1, 1), (1, 4, 4), (0,),
    ...               np.ones((1, 8, 8)), (1, 1), 1.0)
    >>> len(figure_unit_path(UnitPath("conv1", (0, 1, 1), 1.0, (stage,), np.zeros((0, 0, 0))), Theme()).data)
    1
    """
    figure = frame.blank(theme, text("{node}: path from the input", node=result.node), height)
    places = np.unique(np.linspace(0, len(result.stages) - 1, _MOST_STAGES).round().astype(int))
    width = 1 / len(places)
    for column, place in enumerate(places.tolist()):
        _add_stage(figure, theme, result.stages[place], column + 1, (column * width, (column + 1) * width - _GAP))
    return figure


def _add_stage(figure: go.Figure, theme: Theme, stage: Stage, column: int, domain: tuple[float, float]) -> None:
    number = "" if column == 1 else str(column)
    values = stage.maps.mean(0)
    limit = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    rows, columns = (np.arange(size) * step for size, step in zip(values.shape, stage.every, strict=True))
    figure.add_trace(go.Heatmap(
        z=values, x=columns, y=rows, xaxis=f"x{number}", yaxis=f"y{number}", zmin=-limit if stage.signed else 0,
        zmax=limit, colorscale=theme.diverging if stage.signed else theme.sequential, showscale=False))
    top, left, bottom, right = frame_of(stage)
    frame.add_box(figure, left - 0.5, top - 0.5, right - 0.5, bottom - 0.5, xref=f"x{number}", yref=f"y{number}")
    title = f"{theme.say(stage.node)}<br>{format_shape(stage.shape)}"
    figure.update_layout({
        f"xaxis{number}": {"domain": domain, "anchor": f"y{number}", "showticklabels": False, "showgrid": False,
                           "zeroline": False, "title": {"text": title, "font": {"size": theme.axis_font_px}}},
        f"yaxis{number}": {"anchor": f"x{number}", "scaleanchor": f"x{number}", "constrain": "domain",
                           "autorange": "reversed", "showticklabels": False, "showgrid": False, "zeroline": False}})


def frame_of(stage: Stage) -> tuple[int, int, int, int]:
    """Return (top, left, bottom, right) of a stage's window in the map that is drawn; bottom and right are excluded."""
    bounds = list(zip(stage.start, stage.stop, strict=True))[-2:]
    (top, bottom), (left, right) = [(0, 1)] * (2 - len(bounds)) + bounds
    return top, left, bottom, right


def describe_unit_path(result: UnitPath) -> Text:
    """Describe the value of a unit, and what of the input it depends on."""
    return result.sentence or text("{node}: the path of a unit over {count} nodes.", node=result.node,
                                   count=len(result.stages))
