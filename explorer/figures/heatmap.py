"""Heatmaps: the layer × step strip of gradient norms, an enlarged feature map or kernel, a confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Scale, Theme, color_at, ink_on
from explorer.formatting import format_number, power_of_ten, with_unit
from explorer.results import Heatmap, ImageGrid
from explorer.text import Text, text

SQUARE_HEIGHT_PX = 420
_MANY_CELLS, _RARE_SHARE = 200, 0.02  # of so many cells this share at either end may lie beyond a log scale's ends
MAX_WRITTEN_CELLS = 150
MAX_LABELS = 24
_LABEL_PX, _AROUND_PX = 12, 78  # a row's label, and what is above and below all of them
_WRITTEN_PX = 26  # a cell that a number fits into


def figure_heatmap(result: Heatmap, theme: Theme, height: int | None = None) -> go.Figure:
    """Draw a matrix with row 0 on top; square cells unless its columns lie on a number line.

    >>> matrix = Heatmap("Kernel", np.eye(3), "row", "column", signed=True)
    >>> figure_heatmap(matrix, Theme()).data[0].type
    'heatmap'
    """
    square = result.column_values is None
    figure = frame.blank(theme, result.title, height or (SQUARE_HEIGHT_PX if square else frame.HEIGHT_PX))
    if result.values.size == 0:
        frame.add_note(figure, theme, frame.WAITING)
    figure.add_trace(_cells(result, figure, theme))
    cell_px = ((height or SQUARE_HEIGHT_PX) - _AROUND_PX) / max(len(result.values), 1)
    if square and 0 < result.values.size <= MAX_WRITTEN_CELLS and cell_px >= _WRITTEN_PX:
        _write_values(figure, result, theme)
    if result.box:
        top, left, bottom, right = (edge - 0.5 for edge in result.box)
        frame.add_box(figure, left, top, right, bottom)
    figure.update_xaxes(_column_axis(result, theme), showgrid=False)
    figure.update_yaxes(_row_axis(result, theme, (height or SQUARE_HEIGHT_PX) - _AROUND_PX), showgrid=False)
    if square:
        figure.update_yaxes(scaleanchor="x", constrain="domain")
        figure.update_xaxes(constrain="domain", constraintoward="right")
    return figure


def heatmap_of_map(grid: ImageGrid, index: int) -> Heatmap:
    """Enlarge one map of a grid; its colors mean the same as in the grid.

    >>> heatmap_of_map(ImageGrid("conv1", np.ones((6, 3, 3)), signed=False), 2).title
    'conv1, channel 2'
    """
    label = grid.labels[index] if grid.labels else f"{grid.axis} {index}"
    return Heatmap(f"{grid.title}, {label}", grid.values[index], "height", "width", grid.signed,
                   unit=grid.unit, limit=grid.limit)


def describe_heatmap(result: Heatmap) -> Text:
    """Describe the size of the matrix, its extremes and their places."""
    values = result.values
    if not np.isfinite(values).any():
        return text("{title}: nothing to show yet.", title=result.title)
    high, low = (np.unravel_index(f(values), values.shape) for f in (np.nanargmax, np.nanargmin))
    return text("{title}: {rows} × {columns} values, from {low} at {low_place} to {high} at {high_place}.",
                title=result.title, rows=values.shape[0], columns=values.shape[1],
                low=with_unit(float(values[low]), result.unit), low_place=_place(result, *low),
                high=with_unit(float(values[high]), result.unit), high_place=_place(result, *high))


def _place(result: Heatmap, row: int, column: int) -> Text:
    return text("{row_axis} {row}, {column_axis} {column}", row_axis=result.row_axis, column_axis=result.column_axis,
                row=_row_name(result, row), column=_column_name(result, column))


def _row_name(result: Heatmap, row: int) -> str:
    return result.row_labels[row] if result.row_labels else str(row)


def _column_name(result: Heatmap, column: int) -> str:
    if result.column_values is not None:
        return format_number(float(result.column_values[column]))
    return result.column_labels[column] if result.column_labels else str(column)


def _cells(result: Heatmap, figure: go.Figure, theme: Theme) -> go.Heatmap:
    shown = _shown(result)
    low, high = _limits(result, shown)
    gap = 1 if shown.size <= MAX_WRITTEN_CELLS else 0
    columns = np.arange(shown.shape[1]) if result.column_values is None else result.column_values
    return go.Heatmap(
        z=shown, x=columns, y=np.arange(shown.shape[0]), zmin=low, zmax=high, zsmooth=False, hoverongaps=False,
        colorscale=_scale(result, theme),
        colorbar=_color_bar(result, figure, theme, low, high), xgap=gap, ygap=gap,
        customdata=_hover_words(result, theme), hovertemplate="%{customdata}<extra></extra>")


def _shown(result: Heatmap) -> np.ndarray:
    """Return the colored values, or their powers of ten; a zero gets the color of the smallest other value."""
    values = np.where(np.isfinite(result.values), result.values, np.nan).astype(np.float64)
    if not result.log:
        return values
    positive = values[values > 0]
    floor = positive.min() if positive.size else 1.0
    return np.log10(np.where(values > 0, values, np.where(np.isnan(values), np.nan, floor)))


def _limits(result: Heatmap, shown: np.ndarray) -> tuple[float, float]:
    finite = shown[np.isfinite(shown)]
    if result.log:
        rare = _RARE_SHARE if finite.size >= _MANY_CELLS else 0.0  # a first step of 1e20 must not hide the rest
        low, high = np.quantile(finite, (rare, 1 - rare)) if finite.size else (-4.0, 0.0)
        return float(np.floor(low)), float(max(np.ceil(high), np.floor(low) + 1))
    limit = result.limit or float(np.abs(finite).max(initial=0.0)) or 1.0
    return (-limit if result.signed else 0.0), limit


def _color_bar(result: Heatmap, figure: go.Figure, theme: Theme, low: float, high: float) -> dict[str, Any]:
    title = frame.axis_name(theme, result.quantity or "value", result.unit, result.log)
    if result.log:
        step = max(1, round((high - low) / 6))
        ticks = list(range(int(low), int(high) + 1, step))
        return frame.color_bar(figure, theme, title, tickvals=ticks, ticktext=[power_of_ten(t) for t in ticks])
    ticks = [low, low / 2, 0.0, high / 2, high] if result.signed else [0.0, high / 2, high]
    return frame.color_bar(figure, theme, title, tickvals=ticks, ticktext=[format_number(t, 3) for t in ticks])


def _hover_words(result: Heatmap, theme: Theme) -> list[list[str]]:
    row_axis, column_axis = theme.say(result.row_axis), theme.say(result.column_axis)
    rows = [f"{row_axis} {theme.say(_row_name(result, r))}" for r in range(result.values.shape[0])]
    columns = [f"{column_axis} {theme.say(_column_name(result, c))}" for c in range(result.values.shape[1])]
    return [[f"{row}, {column}: {with_unit(float(value), result.unit)}"
             for column, value in zip(columns, values, strict=True)]
            for row, values in zip(rows, result.values, strict=True)]


def _write_values(figure: go.Figure, result: Heatmap, theme: Theme) -> None:
    """Write numbers into the cells of a small matrix, such as a kernel, in black or white for contrast."""
    shown = _shown(result)
    low, high = _limits(result, shown)
    rows, columns = np.indices(shown.shape).reshape(2, -1)
    shares = (np.nan_to_num(shown, nan=low).ravel() - low) / (high - low)
    colors = [ink_on(color_at(_scale(result, theme), share)) for share in shares.clip(0, 1)]
    figure.add_trace(go.Scatter(
        x=columns, y=rows, mode="text", hoverinfo="skip", showlegend=False,
        text=[format_number(_rounded(value), 2) for value in result.values.ravel()],
        textfont={"size": theme.axis_font_px, "color": colors}))


def _scale(result: Heatmap, theme: Theme) -> Scale:
    return theme.diverging if result.signed else theme.sequential


def _rounded(value: float) -> float | int:
    return int(value) if np.isfinite(value) and float(value).is_integer() else float(value)


def _column_axis(result: Heatmap, theme: Theme) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if result.column_labels:
        extra = _ticks(result.column_labels, theme)
    elif result.values.size == 0:
        extra = {"range": [0, 10]}
    elif result.column_values is None and result.values.shape[1] <= 12:
        extra = {"dtick": 1}
    return frame.axis(theme, result.column_axis, ticklabelstep=1, **extra)


def _row_axis(result: Heatmap, theme: Theme, height: int) -> dict[str, Any]:
    rows = result.values.shape[0]
    extra: dict[str, Any] = {"range": [rows - 0.5, -0.5]}
    if result.row_labels:
        extra |= _ticks(result.row_labels, theme, min(MAX_LABELS, height // _LABEL_PX))
    elif rows <= 12:
        extra |= {"dtick": 1}
    return frame.axis(theme, result.row_axis, **extra)


def _ticks(labels: tuple[str, ...], theme: Theme, most: int = MAX_LABELS) -> dict[str, Any]:
    """Choose the labels of an axis, every second or third if they are too many to read."""
    kept = range(0, len(labels), -(-len(labels) // max(1, most)))
    return {"tickvals": list(kept), "ticktext": [theme.say(labels[place]) for place in kept]}
