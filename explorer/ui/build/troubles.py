"""What is wrong with the network that is shown, by node, and what it still lacks for its data; each with its fix."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from explorer import data, tasks, training, zoo
from explorer.document import Fix
from explorer.network import apply
from explorer.recipe import Chosen, Recipe
from explorer.text import text
from explorer.ui.canvas.found import WHOLE, Found
from explorer.ui.language import _, plain
from explorer.ui.session import draft
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View, change
from explorer.zoo import Entry

NOT_ALL_COUNTED = text("Counted up to the problems: what lies behind one has no shape yet, and so no cost.")
_DRAWN = 5


def find_troubles(view: View, recipe: Recipe, origin: str = "") -> dict[str, list[Found]]:
    """{node id: what is wrong with it or inside it}; what belongs to no node shown is under WHOLE.

    No hints about data for a network that was opened as it is, under the name `origin`, and does not fit them.
    """
    found = [Found(problem) for problem in view.analysis.problems]
    if not view.path and not found and misfit_origin(recipe, origin) is None:
        found = [Found(problem, is_hint=True) for problem in training.problems(recipe)]
    by_node: dict[str, list[Found]] = {}
    for one in found:
        node_id = one.problem.address.partition(".")[0]
        by_node.setdefault(node_id if node_id in view.net.by_id else WHOLE, []).append(one)
    return by_node


def misfit_origin(recipe: Recipe, origin: str) -> Entry | None:
    """The network of the zoo that this one was opened as, where that misfits its data and none were chosen since."""
    if origin not in zoo.names():
        return None
    entry = zoo.ZOO.get(origin)
    return entry if recipe.data == entry.original_recipe.data and _misfits(origin) else None


@lru_cache
def _misfits(origin: str) -> bool:
    return bool(training.problems(zoo.ZOO.get(origin).original_recipe))


@lru_cache
def fits_no_data(origin: str) -> bool:
    """Whether a network of the zoo can be trained on none of the data sets as it is."""
    recipe = zoo.ZOO.get(origin).original_recipe
    return all(training.problems(tasks.with_data(recipe, Chosen(dataset.name), dataset))
               for dataset in data.DATASETS)


def draw_troubles(found: list[Found], place: str) -> None:
    """The first few in words, each with the button that mends it. place: makes the buttons' keys unlike others."""
    for index, one in enumerate(found[:_DRAWN]):
        with st.container(horizontal=True, vertical_alignment="center"):
            mark = ":orange[:material/lightbulb:]" if one.is_hint else ":red[:material/error:]"
            st.markdown(f"{mark} :small[{plain(_(one.problem.message), 400)}]", width="content")
            if one.problem.fix:
                st.button(_(one.problem.fix.title), key=f"fix/{place}/{index}", on_click=_mend,
                          args=(one.problem.fix,), icon=":material/build:")


@uninterrupted
def _mend(fix: Fix) -> None:
    change(lambda net: apply(net, fix))
    draft.redraw_forms()
