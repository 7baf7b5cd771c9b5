"""The input that Inspect looks at: a test sample, a drawing, or a text of one's own."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from explorer import data
from explorer.data import Samples
from explorer.data.drawing import prepare_drawing
from explorer.data.texts import decode, spell
from explorer.formatting import format_character, format_number
from explorer.recipe import Recipe
from explorer.ui.data.own_data import key_of
from explorer.ui.language import _, plain
from explorer.ui.session.notices import draw_problem
from explorer.ui.widgets import samples
from explorer.ui.widgets.components import draw_drawing_pad
from explorer.ui.widgets.picture import draw_image
from explorer.ui.widgets.writing import draw_words

_PROMPT_MAX, _PROMPT_SHOWN = 400, 24


@dataclass(frozen=True)
class Input:
    """An input as the model takes it, (1, ...); of a text, how many of its tokens were typed."""

    batch: Tensor
    tokens: int | None = None


def draw_input(recipe: Recipe) -> Input | None:
    """Choose what is looked at; None while there is nothing, which the page explains."""
    try:
        kind = samples.dataset_of(recipe).kind
    except samples.NO_SAMPLES as error:
        draw_problem(error.sentence)
        return None
    if kind is data.TEXT:
        part = _test_part(recipe)
        return _draw_text_choice(part, recipe) if part else None
    batch = _draw_numbers(recipe)
    return None if batch is None else Input(batch)


def _draw_text_choice(part: Samples, recipe: Recipe) -> Input:
    """Choose a piece of the held-out text, or type one."""
    options = {"sample": _("Held-out text"), "own": _("Your own words")}
    source = st.segmented_control(_("Input"), list(options), format_func=options.get, default="sample", required=True,
                                  key="text_source")
    length = part.inputs.shape[1]
    if source == "own":
        first = decode(part.inputs[0, :_PROMPT_SHOWN].tolist(), part.class_names)
        typed = st.text_area(_("Your words"), first, max_chars=_PROMPT_MAX, key="text_prompt",
                             help=_("The network reads the last {count} characters.", count=length))
        tokens = spell(typed, part.class_names)[-length:]
        if not tokens:
            st.caption(_("Type a word; the network knows these characters: {known}",
                         known=plain("".join(part.class_names).strip(), 200)))
            tokens = [part.class_names.index(" ") if " " in part.class_names else 0]
        return Input(torch.tensor([tokens + [0] * (length - len(tokens))]), len(tokens))
    index = _draw_index(part, recipe)
    draw_words("", decode(part.inputs[index].tolist(), part.class_names))
    following = part.class_names[int(part.targets[index, -1])]
    st.caption(_("Next character: **{answer}**", answer=plain(format_character(following))))
    return Input(part.inputs[index:index + 1].clone(), length)


def _draw_numbers(recipe: Recipe) -> Tensor | None:
    if samples.takes_drawings(recipe):
        options = {"sample": _("Sample"), "drawing": _("Draw")}
        source = st.segmented_control(_("Input"), list(options), format_func=options.get, default="sample",
                                      key="input_source")
        if source == "drawing":
            return _draw_pad(recipe)
    return _draw_sample_choice(recipe)


def _draw_pad(recipe: Recipe) -> Tensor | None:
    drawing = draw_drawing_pad(key="pad")
    prepared = prepare_drawing(drawing) if drawing is not None else None
    if prepared is None:
        st.caption(_("Draw with the mouse, a finger or a pen: the output of every layer follows at once."))
        return None
    draw_image(prepared, width=112)
    st.caption(_("Prepared as MNIST's digits were: cropped, scaled to 20×20, centered by mass in 28×28. "
                 "The first row shows it as the network takes it."))
    if recipe.data.name == "digits":
        st.caption(_("This network was trained on 8×8 digits of one collection; "
                     "one trained on MNIST reads handwriting better."))
    try:
        return samples.drawing_as_batch(prepared, recipe)
    except data.Misfit as error:
        draw_problem(error.sentence)
        return None


def _draw_index(part: Samples, recipe: Recipe) -> int:
    return st.number_input(_("Test sample"), 0, len(part) - 1, 0, key=f"sample/{key_of(recipe.data)}",
                           help=_("A sample of the test set: the network was not trained on it."))


def _test_part(recipe: Recipe) -> data.Samples | None:
    """Load the test samples; None where there are none, which the page explains."""
    try:
        return samples.test_part(recipe)
    except samples.NO_SAMPLES as error:
        draw_problem(error.sentence)
        return None


def _draw_sample_choice(recipe: Recipe) -> Tensor | None:
    part = _test_part(recipe)
    if part is None:
        return None
    index = _draw_index(part, recipe)
    shown = part.inputs[index]
    if shown.dim() == 3:
        picture = data.to_float(shown).permute(1, 2, 0).numpy()
        draw_image(picture, 196, "content")
    else:
        names = samples.dataset_of(recipe).feature_names or [f"x{i + 1}" for i in range(len(shown))]
        st.markdown("  \n".join(f"{plain(name)} = {format_number(value)}"
                                for name, value in zip(names, shown.flatten().tolist(), strict=False)))
    st.caption(_("Target: **{answer}**", answer=plain(part.target_name(index))))
    return samples.as_batch(part, index)
