"""Choice of augmentations for the training images, with examples of their effect."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from explorer.recipe import AUGMENTATIONS, Recipe, choose
from explorer.ui.app.torch_import import lacks_torch
from explorer.ui.language import _
from explorer.ui.session import draft
from explorer.ui.session.fields import typed
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets import samples
from explorer.ui.widgets.forms import draw_param, form_key, is_current
from explorer.ui.widgets.picture import draw_image

_SHOWN = 6
_ENLARGED_PX = 48


def draw_augmentation(recipe: Recipe) -> None:
    """Draw the choice, the settings of the chosen ones, and a strip of examples. For data that are images."""
    key = form_key("augmentation")
    st.multiselect(_("Augmentation"), AUGMENTATIONS.names(), [chosen.name for chosen in recipe.augmentation], key=key,
                   format_func=lambda name: _(AUGMENTATIONS.get(name).title), on_change=_choose, args=(key,),
                   placeholder=_("none"),
                   help=_("Random changes to the training images, different for every batch. The network sees more "
                          "variety and memorizes less."))
    for place, chosen in enumerate(recipe.augmentation):
        for spec in AUGMENTATIONS.get(chosen.name).params:
            draw_param(spec, chosen.params[spec.name], f"augmentation/{chosen.name}",
                       partial(_keep_param, place, spec.name))
    if recipe.augmentation and not lacks_torch():
        _draw_examples(recipe)


def _draw_examples(recipe: Recipe) -> None:
    """Draw the same images before and after, one above the other."""
    try:
        images = samples.test_part(recipe).inputs(slice(0, _SHOWN))
    except samples.NO_SAMPLES:
        return
    if images.dim() == 4:
        draw_image(_sheet(images, recipe), _ENLARGED_PX * _SHOWN,
                   caption=_("Top: original images. Bottom: what the network gets."))


def _sheet(images: Any, recipe: Recipe) -> np.ndarray:
    """Join two rows of images into one, (height, width, channel)."""
    import torch

    from explorer.data.augmentation import augment

    steps = [(chosen.name, chosen.params) for chosen in recipe.augmentation]
    changed = augment(images, steps, torch.Generator().manual_seed(recipe.seed))
    rows = [np.concatenate([*np.moveaxis(part.numpy(), 1, -1)], axis=1) for part in (images, changed)]
    sheet = np.concatenate(rows, axis=0)
    return sheet


@uninterrupted
def _choose(key: str) -> None:
    """Keep the settings of those chosen before, and add new ones last."""
    if not is_current(key):
        return
    recipe, names = draft.current().recipe, typed(key)
    before = {chosen.name: chosen for chosen in recipe.augmentation}
    chosen = tuple(before.get(name) or choose(AUGMENTATIONS, name, {}) for name in names)
    draft.change_recipe(recipe.with_(augmentation=chosen))


def _keep_param(place: int, name: str, value: Any) -> None:
    recipe = draft.current().recipe
    steps = list(recipe.augmentation)
    steps[place] = choose(AUGMENTATIONS, steps[place].name, {**steps[place].params, name: value})
    draft.change_recipe(recipe.with_(augmentation=tuple(steps)))
