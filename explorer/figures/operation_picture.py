"""Operations in a notebook: the output as maps, and the arithmetic of the unit in one line."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.pictures import figure_image_grid
from explorer.figures.theme import Theme
from explorer.formatting import format_shape
from explorer.results import ImageGrid, Operation
from explorer.text import Text, text


def figure_operation(result: Operation, theme: Theme | None = None) -> go.Figure:
    """Draw an operation's output as maps, titled by its node.

    >>> import torch
    >>> from explorer.probes import run
    >>> result = run("operation", torch.nn.Sequential(torch.nn.Linear(2, 3)), torch.zeros(1, 2))
    >>> figure_operation(result).layout.title.text
    '0 · Linear'
    """
    values = result.output.values
    maps = values.reshape((-1, *values.shape[-2:])) if values.ndim > 1 else values.reshape(-1, 1, 1)
    note = text("{line}", line=result.unit.line) if result.unit else None
    grid = ImageGrid(_title(result), maps, signed=bool((values < 0).any()), note=note)
    return figure_image_grid(grid, theme or Theme())


def describe_operation(result: Operation) -> Text:
    """Describe the output's shape and range, and the arithmetic of the unit."""
    finite = result.output.values[np.isfinite(result.output.values)]
    shape, unit = format_shape(result.full_shape), result.unit
    low, high = (float(edge) for edge in (finite.min(initial=0), finite.max(initial=0)))
    if unit is None:
        return text("{title}: an output of {shape}, values from {low:.4g} to {high:.4g}.", title=_title(result),
                    shape=shape, low=low, high=high)
    return text("{title}: an output of {shape}. Unit {unit}: {line}.", title=_title(result), shape=shape,
                unit=", ".join(map(str, unit.unit)), line=unit.line)


def _title(result: Operation) -> str:
    return f"{result.node} · {result.block}" if result.node else result.block
