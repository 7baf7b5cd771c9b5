"""The way back in a notebook: the gradient of a node's output as maps, and the paths in one line."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.pictures import figure_image_grid
from explorer.figures.theme import Theme
from explorer.formatting import format_number
from explorer.results import BackwardView, ImageGrid
from explorer.text import Text, text


def figure_backward(result: BackwardView, theme: Theme | None = None) -> go.Figure:
    """Draw the gradient of a node's output, or of the parameter that is looked at, with the sum of the paths below.

    >>> import torch
    >>> from explorer.probes import run
    >>> result = run("backward", torch.nn.Sequential(torch.nn.Linear(2, 3)), torch.ones(1, 2), node="0")
    >>> figure_backward(result).layout.title.text
    'gradient of 0'
    """
    name = f"{result.node}.{result.parameter}" if result.parameter else result.node
    shown = next((each for each in result.parameters if each.name == result.parameter), result.gradient_map).values
    maps = shown.reshape((-1, *shown.shape[-2:])) if shown.ndim > 1 else shown.reshape(-1, 1, 1)
    grid = ImageGrid(text("gradient of {name}", name=name), maps, signed=True, note=text("{line}", line=result.line))
    return figure_image_grid(grid, theme or Theme())


def describe_backward(result: BackwardView) -> Text:
    """Describe a value's gradient by the paths on which it arrives."""
    index = ", ".join(map(str, result.index or result.unit))
    name = f"{result.parameter or 'unit'} ({index})"
    return text("{node}, {name}: the gradient is {gradient}, over {count} paths: {line}.", node=result.node, name=name,
                gradient=format_number(float(np.float64(result.gradient))), count=len(result.paths), line=result.line)
