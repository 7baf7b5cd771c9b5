"""Tables of kernels as figures: rows of outputs, columns of inputs, one scale for all."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.heatmap import SQUARE_HEIGHT_PX, figure_heatmap
from explorer.figures.theme import Theme
from explorer.formatting import format_number
from explorer.results import Heatmap, Kernels
from explorer.text import Text, text

_MOST_SIDE, _MOST_CELLS = 64, 512  # kernels along a side of a figure, and weights


def figure_kernels(result: Kernels, theme: Theme, height: int = SQUARE_HEIGHT_PX, *, change: bool = False) -> go.Figure:
    """Draw the page of a table, as far as there is room, on one scale; or its change since the first step.

    >>> import torch
    >>> from explorer.probes import run
    >>> kernels = run("kernels", torch.nn.Sequential(torch.nn.Conv2d(2, 3, 5)), torch.zeros(1, 2, 8, 8))
    >>> figure_kernels(kernels, Theme()).data[0].z.shape
    (17, 11)
    """
    values = result.values - result.initial if change else result.values
    most = max(1, min(_MOST_SIDE, _MOST_CELLS // max(values.shape[2:])))
    tiled = _laid_out(values if values.shape[2:] == (1, 1) else values[:most, :most])
    title = text("{table}, change since step {step}", table=result.table, step=result.initial_step) if change \
        else result.table
    figure = figure_heatmap(Heatmap(title, tiled, result.axes[1] or "input", result.axes[0] or "output", signed=True,
                                    limit=(result.change_limit if change else result.limit) or 1.0), theme, height)
    if values.shape[2:] != (1, 1):  # a place in the picture is none in a kernel
        figure.update_xaxes(showticklabels=False, ticks="")
        figure.update_yaxes(showticklabels=False, ticks="")
    return figure


def _laid_out(values: np.ndarray) -> np.ndarray:
    """Lay kernels (row, column, height, width) out as one picture with gaps of one cell; weights alone as a matrix."""
    rows, columns, height, width = values.shape
    if (height, width) == (1, 1):
        return values[:, :, 0, 0]
    spaced = np.full((rows, height + 1, columns, width + 1), np.nan, np.float32)
    spaced[:, :height, :, :width] = values.transpose(0, 2, 1, 3)
    return spaced.reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]


def describe_kernels(result: Kernels) -> Text:
    """Describe the size of a table, and the largest weight in it."""
    rows, columns, height, width = result.size
    named = {"table": result.table, "rows": format_number(rows), "columns": format_number(columns),
             "largest": format_number(result.limit)}
    if (height, width) == (1, 1):
        return text("{table}: {rows} × {columns} weights, the largest of magnitude {largest}.", **named)
    return text("{table}: {rows} × {columns} kernels of {height}×{width}, the largest weight of magnitude {largest}.",
                **named, height=height, width=width)
