"""Samples of a run to look at: those that it never learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer import data
from explorer.data import Dataset
from explorer.recipe import Recipe
from explorer.results import ImageGrid
from explorer.spec import BadValue, UnknownName

if TYPE_CHECKING:
    from explorer.inspection.held_out import HeldOut

STRIP = 12
NO_SAMPLES = (data.DataMissing, data.Misfit, BadValue, UnknownName)  # why there is nothing to show; each has a sentence


def test_part(recipe: Recipe) -> HeldOut:
    """Load the samples a run never learned from. Raises one of NO_SAMPLES."""
    from explorer.inspection.held_out import held_out

    return held_out(recipe)


def dataset_of(recipe: Recipe) -> Dataset:
    """Find the record of the data that a recipe learns from. Raises one of NO_SAMPLES."""
    return data.get(recipe.data.name, recipe.data.params)


def strip(part: HeldOut, start: int) -> ImageGrid:
    """Put twelve samples side by side, labelled with index and class. Color images are shown by their brightness."""
    places = range(start, min(start + STRIP, len(part)))
    values = part.inputs(places).numpy()
    values = values.mean(1) if values.ndim == 4 else values.reshape(len(values), 1, -1)
    labels = tuple(f"{place}: {part.target_name(place)}" for place in places)
    return ImageGrid("samples", values, signed=bool((values < 0).any()), labels=labels, axis="sample")


def takes_drawings(recipe: Recipe) -> bool:
    """Check whether the run learned from gray images, which a drawing can be fitted to."""
    try:
        shape = dataset_of(recipe).shape
    except NO_SAMPLES:
        return False
    return len(shape) == 3 and shape[0] == 1
