"""The units of a network as training would start: their maps and weights, before a run has any to show."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from explorer import network
from explorer.figures import Theme
from explorer.recipe import Recipe
from explorer.results import ImageGrid, LayerWeights
from explorer.tasks.views import plane_axes
from explorer.ui.canvas.unit_picture import unit_id
from explorer.ui.widgets import samples
from explorer.ui.widgets.thumbnail import draw_thumbnail

_REMEMBERED = 16
# what of a recipe decides how it starts, and over which plane
_DECISIVE = ("network", "data", "seed", "init", "rules", "train_samples", "validation_share", "folds", "fold")
Units = tuple[tuple[ImageGrid, ...], tuple[LayerWeights, ...]]


def untrained_units(recipe: Recipe) -> Units:
    """Map the units of the untrained network over the plane that its run will show; none where that fails."""
    document = recipe.to_dict()
    try:
        return _units(json.dumps([document[name] for name in _DECISIVE], sort_keys=True), recipe)
    except (network.Invalid, *samples.NO_SAMPLES):
        return (), ()


@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _units(key: str, _recipe: Recipe) -> Units:
    """Map them once: Train is drawn again at every change of a setting, and most of them change nothing here."""
    from explorer.training.analysis.unit_columns import UnitColumns
    from explorer.training.loop.model import draw_model
    from explorer.training.loop.parts import load_parts

    parts = load_parts(_recipe)
    axes = plane_axes(parts.train, parts.validation if len(parts.validation) else parts.train)
    columns = UnitColumns(model := draw_model(_recipe), *(axis.numpy() for axis in axes))
    return columns.maps(model), columns.weights(model)


def draw_unit_thumbnails(grids: tuple[ImageGrid, ...], theme: Theme) -> dict[str, str]:
    """Draw each unit's map as a picture, by the unit's id in the network's picture; one color scale a column."""
    return {unit_id(grid.title, unit): draw_thumbnail(values.astype(np.float32), theme, limit=grid.limit)
            for grid in grids for unit, values in enumerate(grid.values)}
