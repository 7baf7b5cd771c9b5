"""Data as a recipe names them: whether they are points in a plane or images, and their noise."""

from __future__ import annotations

from explorer import data
from explorer.data import LABELS, Dataset
from explorer.recipe import Recipe
from explorer.spec import BadValue, Number, UnknownName


def is_in_plane(recipe: Recipe) -> bool:
    """Check whether a recipe separates classes of points in a plane."""
    dataset = _dataset(recipe)
    return dataset is not None and dataset.kind is LABELS and dataset.shape == (2,)


def are_images(recipe: Recipe) -> bool:
    """Check whether the samples of a recipe are images."""
    dataset = _dataset(recipe)
    return dataset is not None and len(dataset.shape) == 3


def noise_spec(recipe: Recipe) -> Number | None:
    """Return the setting for the noise of data that are generated; None for any others."""
    dataset = _dataset(recipe)
    return next((spec for spec in dataset.params if spec.name == "noise"), None) if dataset else None


def noise_of(recipe: Recipe) -> float | None:
    """Return the noise of data that are generated; None for any others."""
    spec = noise_spec(recipe)
    return None if spec is None else float(recipe.data.params.get(spec.name, spec.default))


def _dataset(recipe: Recipe) -> Dataset | None:
    try:
        return data.get(recipe.data.name, recipe.data.params)
    except (UnknownName, BadValue, data.DataMissing):
        return None
