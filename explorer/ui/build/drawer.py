"""Drawer below the canvas: the outline, the sample of the preview, the versions, the kept blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.data import TEXT
from explorer.data.texts import decode
from explorer.document import Problem
from explorer.recipe import Recipe
from explorer.ui.build.kept_blocks import draw_kept_blocks
from explorer.ui.build.outline import draw_outline
from explorer.ui.build.versions import draw_versions
from explorer.ui.data.own_data import key_of
from explorer.ui.data.run_picker import recent_runs
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.fields import empty, typed
from explorer.ui.session.person import owner
from explorer.ui.session.state import Slot
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View
from explorer.ui.widgets import samples
from explorer.ui.widgets.components import Pick, draw_map_grid
from explorer.ui.widgets.writing import draw_words

DRAWER = "drawer"
_WEIGHTS_FIELD, _SAMPLE_FIELD = "preview_weights_field", "preview_sample_field"


def draw_drawer(view: View, recipe: Recipe, problems: Mapping[str, list[Problem]]) -> None:
    """Draw one of four parts, or none, as at first: a hundred rows below the canvas slow every edit down."""
    titles = {"outline": _("Outline"), "sample": _("Preview sample"), "versions": _("Versions"),
              "blocks": _("My blocks")}
    shown = st.segmented_control(_("Below the canvas"), list(titles), format_func=titles.get, key=DRAWER,
                                 label_visibility="collapsed")
    outline, sample, versions, blocks = st.container(), st.container(), st.container(), st.container()
    if shown == "outline":
        with outline:
            draw_outline(view, problems)
    elif shown == "sample":
        with sample:
            _draw_sample(recipe)
    elif shown == "versions":
        with versions:
            draw_versions()
    elif shown == "blocks":
        with blocks:
            draw_kept_blocks()


def _draw_sample(recipe: Recipe) -> None:
    """Draw the choice of the sample and the weights of the preview."""
    left, right = st.columns([0.3, 0.7], gap="medium")
    runs, chosen = recent_runs(owner()), state.PREVIEW_WEIGHTS.value
    options = ["", *runs]
    left.selectbox(_("Weights"), options, options.index(chosen) if chosen in options else 0, key=_WEIGHTS_FIELD,
                   format_func=lambda run: runs.get(run, _("Random initial weights")),
                   on_change=_keep, args=(_WEIGHTS_FIELD, state.PREVIEW_WEIGHTS),
                   help=_("Random initial weights, or those of a run."))
    try:
        part = samples.test_part(recipe)
    except samples.NO_SAMPLES as error:
        right.caption(_(error.sentence))
        return
    index = min(state.PREVIEW_SAMPLE.value, len(part) - 1)
    left.number_input(_("Test sample"), 0, len(part) - 1, index, key=f"{_SAMPLE_FIELD}/{key_of(recipe.data)}",
                      on_change=_keep, args=(f"{_SAMPLE_FIELD}/{key_of(recipe.data)}", state.PREVIEW_SAMPLE))
    with right:
        if samples.dataset_of(recipe).kind is TEXT:
            draw_words("", decode(part.inputs([index])[0].tolist(), part.class_names))
            return
        start = index // samples.STRIP * samples.STRIP
        if pick := draw_map_grid([samples.strip(part, start)], "preview_strip", selected=Pick(0, index - start)):
            state.PREVIEW_SAMPLE.value = start + pick.map
            empty(f"{_SAMPLE_FIELD}/{key_of(recipe.data)}")
            st.rerun(scope="fragment")


@uninterrupted
def _keep(field: str, slot: Slot[Any]) -> None:
    """Keep the value of a field that is not drawn all the time."""
    slot.value = typed(field)
