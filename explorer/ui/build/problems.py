"""Problems of the network that is shown and hints about its data, by node, each with its fix."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import streamlit as st

from explorer import data, tasks, training, zoo
from explorer.document import Fix, Problem
from explorer.network import apply
from explorer.recipe import Chosen, Recipe
from explorer.text import text
from explorer.ui.language import _, plain
from explorer.ui.session import draft
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View, change
from explorer.zoo import Entry

NOT_ALL_COUNTED = text("Nodes after a problem are not counted: their shapes are not known yet.")
_DRAWN = 5


def find_problems(view: View, recipe: Recipe, origin: str = "") -> dict[str, list[Problem]]:
    """Find {node id: its problems and those inside it}; those of no node that is shown are under "".

    A valid network has hints about its data, unless it was opened from the zoo as `origin` and never fitted them.
    """
    problems = list(view.analysis.problems)
    if not view.path and not problems and misfit_origin(recipe, origin) is None:
        problems = [replace(problem, is_hint=True) for problem in training.problems(recipe)]
    by_node: dict[str, list[Problem]] = {}
    for problem in problems:
        node_id = problem.address.partition(".")[0]
        by_node.setdefault(node_id if node_id in view.net.by_id else "", []).append(problem)
    return by_node


def misfit_origin(recipe: Recipe, origin: str) -> Entry | None:
    """Return the network of the zoo that this one was opened as, if it does not fit its data and none were chosen."""
    if origin not in zoo.names():
        return None
    entry = zoo.ZOO.get(origin)
    return entry if recipe.data == entry.original_recipe.data and _misfits(origin) else None


@lru_cache
def _misfits(origin: str) -> bool:
    return bool(training.problems(zoo.ZOO.get(origin).original_recipe))


@lru_cache
def fits_no_data(origin: str) -> bool:
    """Return whether no data set fits a network of the zoo as it is."""
    recipe = zoo.ZOO.get(origin).original_recipe
    return all(training.problems(tasks.with_data(recipe, Chosen(dataset.name), dataset))
               for dataset in data.DATASETS)


def draw_problems(problems: list[Problem], place: str) -> None:
    """Draw the first few, each with its fix as a button. place: keeps the buttons' keys unique."""
    for index, problem in enumerate(problems[:_DRAWN]):
        with st.container(horizontal=True, vertical_alignment="center"):
            mark = ":orange[:material/lightbulb:]" if problem.is_hint else ":red[:material/error:]"
            st.markdown(f"{mark} :small[{plain(_(problem.message), 400)}]", width="content")
            if problem.fix:
                st.button(_(problem.fix.title), key=f"fix/{place}/{index}", on_click=_fix, args=(problem.fix,),
                          icon=":material/build:")


@uninterrupted
def _fix(fix: Fix) -> None:
    change(lambda net: apply(net, fix))
    draft.redraw_forms()
