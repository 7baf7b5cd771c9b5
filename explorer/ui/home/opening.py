"""Ways to open a network on another page: as the original, as its recipe trains it, beside its ancestor."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer import zoo
from explorer.recipe import Recipe
from explorer.ui.app.shell import BUILD, go_to
from explorer.ui.language import _
from explorer.ui.session import draft, versions
from explorer.ui.session.notices import attempt
from explorer.ui.session.run import show_run
from explorer.zoo import Entry


def open_recipe(recipe: Recipe, page: str) -> None:
    """Start editing a recipe, on this page; a failure to save it is shown."""
    _open(lambda: draft.open_recipe(recipe), page)


def open_original(entry: Entry) -> None:
    """Open the original on the canvas; no data have been chosen for it."""
    _open(lambda: draft.open_recipe(entry.original_recipe, entry.name), BUILD)


def open_descent(entry: Entry) -> None:
    """Open the original on the canvas, compared with the network that it grew out of."""
    parent = zoo.ZOO.get(entry.after)
    _open(lambda: versions.open_beside(entry.original_recipe, _(parent.title), parent.network, entry.name), BUILD)


def _open(start_editing: Callable[[], object], page: str) -> None:
    if attempt(start_editing):
        show_run(None)
        go_to(page)
    st.rerun()  # the whole page, which tells what went wrong
