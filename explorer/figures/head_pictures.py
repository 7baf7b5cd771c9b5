"""Numbers of heads as matrices of layer and head, and maps in rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.panels import add_title, domain_of, names_of_axes, range_of, room_above
from explorer.figures.theme import Scale, Theme
from explorer.formatting import format_number, with_unit
from explorer.results.head_results import HeadGrid, HeadGrids, Mosaic
from explorer.text import Text, text

_WRITTEN = 256  # cells with their numbers in them
_MOST_LABELS = 16
_GRID_PX, _ROW_PX, _AROUND_PX, _MOSAIC_PX, _BAR_PX = 280, 26, 96, 460, 84
_WIDE_PX = 1000  # of a figure, about: a few maps in a row need no more height than theirs
# axes whose labels are a little apart from the cells
_APART = {"showgrid": False, "showline": False, "ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}


def figure_head_grids(result: HeadGrids, theme: Theme, height: int = _GRID_PX) -> go.Figure:
    """Draw one matrix for each quantity, layers as rows and heads as columns, side by side.

    >>> grids = HeadGrids("Heads", (HeadGrid("entropy", np.eye(2)), HeadGrid("distance", np.eye(2))), ("a", "b"),
    ...                   ("0", "1"))
    >>> [trace.xaxis for trace in figure_head_grids(grids, Theme()).data]
    ['x', 'x2']
    """
    height = max(height, _GRID_PX, _ROW_PX * len(result.rows) + 2 * _AROUND_PX)
    figure = frame.blank(theme, result.title, height)
    for place, grid in enumerate(result.grids):
        axes = names_of_axes(place)
        figure.add_trace(_cells(result, grid, theme, axes))
        add_title(figure, theme, place, len(result.grids), grid.title, range_of(grid.limit, grid.signed, grid.unit))
        layout = {"xaxis": _axis(theme, result.column_axis, result.columns) | {
                      "domain": domain_of(place, len(result.grids))},
                  "yaxis": _axis(theme, "", result.rows if place == 0 else ("",) * len(result.rows)) | {
                      "range": [len(result.rows) - 0.5, -0.5],
                      "domain": [0, room_above(theme, height - _AROUND_PX)]}}
        figure.update_layout({f"{name}{'' if place == 0 else place + 1}": spec | {"anchor": axes[other]}
                              for (name, spec), other in zip(layout.items(), ("yaxis", "xaxis"), strict=True)})
    _make_room(figure, theme, result.note)
    return figure


def _make_room(figure: go.Figure, theme: Theme, note: Text | None) -> None:
    """Make room for a remark below the panels."""
    figure.update_layout(margin_b=theme.px(70 if note else 46))
    if note is not None:
        figure.add_annotation(text=theme.say_in_lines(note, 110), x=0, xref="paper", xanchor="left", y=0,
                              yref="paper", yanchor="top", yshift=-theme.px(44), align="left", showarrow=False,
                              font={"size": theme.axis_font_px, "color": theme.muted})


def _cells(result: HeadGrids, grid: HeadGrid, theme: Theme, axes: dict[str, str]) -> go.Heatmap:
    values = np.where(np.isfinite(grid.values), grid.values, np.nan).astype(np.float64)
    written = grid.values.size <= _WRITTEN
    words = [["" if np.isnan(value) else format_number(float(value), 2) for value in row] for row in values]
    hover = [[f"{theme.say(row)} · {theme.say(column)}: {with_unit(float(value), theme.say(grid.unit))}"
              for column, value in zip(result.columns, numbers, strict=True)]
             for row, numbers in zip(result.rows, values, strict=True)]
    return go.Heatmap(
        z=values, zmin=-grid.limit if grid.signed else 0.0, zmax=grid.limit, colorscale=_scale(theme, grid.signed),
        showscale=False, xgap=1, ygap=1, hoverongaps=False, customdata=hover,
        hovertemplate="%{customdata}<extra></extra>", text=words if written else None,
        texttemplate="%{text}" if written else None, textfont={"size": theme.axis_font_px}, **axes)


def _scale(theme: Theme, signed: bool) -> Scale:
    return theme.diverging if signed else theme.sequential


def _axis(theme: Theme, name: str, labels: tuple[str, ...]) -> dict:
    kept = range(0, len(labels), -(-len(labels) // _MOST_LABELS) or 1)
    return frame.axis(theme, name, **_APART, tickvals=list(kept), ticktext=[theme.say(labels[place]) for place in kept])


def describe_head_grids(result: HeadGrids) -> Text:
    """Describe the largest and smallest number of the first quantity."""
    grid = result.grids[0]
    if not np.isfinite(grid.values).any():
        return text("{title}: nothing to show yet.", title=result.title)
    high, low = (np.unravel_index(find(grid.values), grid.values.shape) for find in (np.nanargmax, np.nanargmin))

    def at(place: tuple[int, ...]) -> Text:
        return text("{layer}, {head}", layer=result.rows[place[0]], head=result.columns[place[1]])

    return text("{title}: {quantity} is from {low} ({low_place}) to {high} ({high_place}).", title=result.title,
                quantity=grid.title, low=with_unit(float(grid.values[low]), grid.unit), low_place=at(low),
                high=with_unit(float(grid.values[high]), grid.unit), high_place=at(high))


def figure_mosaic(result: Mosaic, theme: Theme, height: int = _MOSAIC_PX) -> go.Figure:
    """Draw maps in rows and columns on one color scale, with gaps between them.

    >>> maps = Mosaic("Positions", np.ones((2, 3, 4, 4)), ("0", "1"), ("0", "1", "2"), ("row", "column"), "cosine")
    >>> figure_mosaic(maps, Theme()).data[0].z.shape
    (9, 14)
    """
    rows, columns, high, wide = result.values.shape
    needed = round(_WIDE_PX * rows * high / (columns * wide)) + _BAR_PX + _AROUND_PX
    figure = frame.blank(theme, result.title, min(max(height, _MOSAIC_PX), needed))
    gap = max(1, round(0.12 * max(high, wide)))
    limit = result.limit or _limit(result.values)
    ticks = [-limit, 0.0, limit] if result.signed else [0.0, limit]
    figure.add_trace(go.Heatmap(
        z=_side_by_side(result.values, gap), zmin=ticks[0], zmax=limit, colorscale=_scale(theme, result.signed),
        hoverongaps=False, customdata=_hover(result, theme, gap), hovertemplate="%{customdata}<extra></extra>",
        colorbar=_bar_above(theme, theme.say(result.quantity), ticks)))
    for update, count, size, labels in ((figure.update_xaxes, columns, wide, result.column_labels),
                                        (figure.update_yaxes, rows, high, result.row_labels)):
        kept = range(0, count, -(-count // _MOST_LABELS))
        update(frame.axis(theme, "", **_APART, constrain="domain",
                          tickvals=[place * (size + gap) + (size - 1) / 2 for place in kept],
                          ticktext=[theme.say(labels[place]) for place in kept]))
    figure.update_yaxes(autorange="reversed", scaleanchor="x", constraintoward="top")
    figure.update_xaxes(constraintoward="left")
    figure.update_layout(margin_t=theme.px(_BAR_PX))
    if result.note is not None:
        _make_room(figure, theme, result.note)
    return figure


def _bar_above(theme: Theme, title: str, ticks: list[float]) -> dict[str, Any]:
    """Make a color bar that lies above the maps, close to them however little of the width they take."""
    return {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "xpad": 0, "ypad": theme.px(8),
            "lenmode": "pixels", "len": theme.px(200), "thickness": theme.px(10), "outlinewidth": 0,
            "tickvals": ticks, "ticktext": [format_number(tick, 3) for tick in ticks],
            "tickfont": {"size": theme.axis_font_px, "color": theme.muted},
            "title": {"text": title, "side": "top", "font": {"size": theme.axis_font_px, "color": theme.text}}}


def _limit(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0)) or 1.0


def _side_by_side(values: np.ndarray, gap: int) -> np.ndarray:
    """Lay maps out in one array: NaN between them."""
    padded = np.pad(np.where(np.isfinite(values), values, np.nan).astype(np.float64),
                    ((0, 0), (0, 0), (0, gap), (0, gap)), constant_values=np.nan)
    rows, columns, high, wide = padded.shape
    return padded.swapaxes(1, 2).reshape(rows * high, columns * wide)[:-gap, :-gap]


def _hover(result: Mosaic, theme: Theme, gap: int) -> np.ndarray:
    rows, columns, high, wide = result.values.shape
    down, across = (theme.say(name) for name in result.inner)
    words = np.full((rows, columns, high + gap, wide + gap), "", object)
    for place in np.ndindex(result.values.shape):
        row, column, i, j = place
        words[place] = (f"{theme.say(result.row_labels[row])}, {theme.say(result.column_labels[column])} · "
                        f"{down} {i}, {across} {j}: {format_number(float(result.values[place]))}")
    return words.swapaxes(1, 2).reshape(rows * (high + gap), columns * (wide + gap))[:-gap, :-gap]


def describe_mosaic(result: Mosaic) -> Text:
    """Describe the number of maps and the range of their values."""
    finite = result.values[np.isfinite(result.values)]
    if not finite.size:
        return text("{title}: nothing to show yet.", title=result.title)
    rows, columns, high, wide = result.values.shape
    return text("{title}: {rows} × {columns} maps of {high} × {wide}, {quantity} from {low} to {most}.",
                title=result.title, rows=rows, columns=columns, high=high, wide=wide, quantity=result.quantity,
                low=format_number(float(finite.min())), most=format_number(float(finite.max())))
