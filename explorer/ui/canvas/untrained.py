"""The units of a network as training would start: their maps and weights, before a run has any to show."""

from __future__ import annotations

import numpy as np

from explorer.figures import Theme
from explorer.network import Invalid
from explorer.recipe import Recipe
from explorer.results import ImageGrid, LayerWeights
from explorer.training.analysis.unit_columns import UnitColumns
from explorer.training.loop.model import draw_model
from explorer.ui.canvas.unit_picture import unit_id
from explorer.ui.widgets import samples
from explorer.ui.widgets.thumbnail import draw_thumbnail

Units = tuple[tuple[ImageGrid, ...], tuple[LayerWeights, ...]]


def untrained_units(recipe: Recipe) -> Units:
    """Map the units of the untrained network over its data's plane; none where either is not to be had."""
    try:
        inputs = samples.test_part(recipe).inputs.numpy()
        model = draw_model(recipe)
    except (Invalid, *samples.NO_SAMPLES):
        return (), ()
    columns = UnitColumns(model, *(np.array([values.min(), values.max()]) for values in inputs.T))
    return columns.maps(model), columns.weights(model)


def draw_unit_thumbnails(grids: tuple[ImageGrid, ...], theme: Theme) -> dict[str, str]:
    """Draw each unit's map as a picture, by the unit's id in the network's picture; one color scale a column."""
    return {unit_id(grid.title, unit): draw_thumbnail(values.astype(np.float32), theme, limit=grid.limit)
            for grid in grids for unit, values in enumerate(grid.values)}
