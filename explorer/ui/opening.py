"""How a network is opened on another page: as the original, as its recipe trains it, beside what it grew out of."""

from __future__ import annotations

import streamlit as st

from explorer import zoo
from explorer.recipe import Recipe
from explorer.ui import draft, state
from explorer.ui.language import _
from explorer.ui.shell import BUILD, go_to
from explorer.zoo import Entry


def original(entry: Entry) -> Recipe:
    """The original, with the settings of its recipe where it has one."""
    return entry.recipe.with_(network=entry.network) if entry.recipe else Recipe(entry.network)


def open_recipe(recipe: Recipe, page: str) -> None:
    """Start editing a recipe, on this page."""
    draft.open_recipe(recipe)
    st.session_state[state.RUN] = None
    go_to(page)


def open_descent(entry: Entry) -> None:
    """The original on the canvas, held against the network that it grew out of."""
    parent = zoo.ZOO.get(entry.after)
    draft.open_beside(original(entry), _(parent.title), parent.network)
    st.session_state[state.RUN] = None
    go_to(BUILD)
