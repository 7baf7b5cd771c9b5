"""Samples of a run to look at: loaded once per server, read only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from explorer import data
from explorer.data import Dataset, Samples
from explorer.recipe import Recipe
from explorer.results import ImageGrid
from explorer.spec import BadValue, UnknownName

if TYPE_CHECKING:
    from torch import Tensor

STRIP = 12
NO_SAMPLES = (data.DataMissing, data.Misfit, BadValue, UnknownName)  # why there is nothing to show; each has a sentence


@st.cache_resource(max_entries=4, show_spinner=False)
def _test_part(name: str, params_json: str, shape: tuple[int, ...]) -> Samples:
    """Load the test part of a data set at a network's input shape. Shared: nobody may change its tensors."""
    params = json.loads(params_json)
    _, test = data.load(name, params)
    return data.fit(test, shape, data.get(name, params))[0]


def test_part(recipe: Recipe) -> Samples:
    """Load the samples a run never learned from. Raises one of NO_SAMPLES."""
    from explorer.training.loop.parts import input_shape, scale

    dataset_of(recipe)  # what was deleted meanwhile is not shown from memory
    params_json = json.dumps(dict(recipe.data.params), sort_keys=True)
    return scale(recipe, _test_part(recipe.data.name, params_json, input_shape(recipe.network)))


def dataset_of(recipe: Recipe) -> Dataset:
    """Find the record of the data that a recipe learns from. Raises one of NO_SAMPLES."""
    return data.get(recipe.data.name, recipe.data.params)


def strip(samples: Samples, start: int) -> ImageGrid:
    """Put twelve samples side by side, labelled with index and class. Color images are shown by their brightness."""
    shown = samples.take(slice(start, start + STRIP))
    values = data.to_float(shown.inputs).numpy()
    values = values.mean(1) if values.ndim == 4 else values.reshape(len(values), 1, -1)
    labels = tuple(_label(samples, index) for index in range(start, start + len(shown)))
    return ImageGrid("samples", values, signed=bool((values < 0).any()), labels=labels, axis="sample")


def _label(samples: Samples, index: int) -> str:
    return f"{index}: {samples.target_name(index)}"


def as_batch(samples: Samples, index: int) -> Tensor:
    """Copy one sample as the model takes it: (1, ...) float32."""
    return data.to_float(samples.inputs[index:index + 1].clone())


def takes_drawings(recipe: Recipe) -> bool:
    """Check whether the run learned from gray images, which a drawing can be fitted to."""
    try:
        shape = dataset_of(recipe).shape
    except NO_SAMPLES:
        return False
    return len(shape) == 3 and shape[0] == 1
