"""The buttons that start runs of the recipe: one, or one for each fold of a cross-validation."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from explorer import data
from explorer.document import Problem
from explorer.formatting import format_bytes
from explorer.text import text
from explorer.training import Run, RunStore
from explorer.training.loop.pretrained import NoWeights
from explorer.training.work.folds import create_folds
from explorer.ui.app import background
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session import draft, state
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.train.fine_tuning import chosen_weights, keep_begin
from explorer.ui.train.guess import draw_wager, keep_wager
from explorer.ui.train.recipe_form import chosen_dataset

_FOLDS, _USUAL_FOLDS, _MOST_FOLDS = "number_of_folds", 5, 100
DOUBLE_CLICK_S = 1.0


def draw_start(problems: list[Problem], busy: bool) -> None:
    """Greyed, with the reasons, where the recipe cannot be trained. `busy`: the run that is shown has not ended."""
    for index, problem in enumerate(problems[:3]):
        st.markdown(f":red[:material/error:] {plain(problem.address)}: {plain(_(problem.message), 400)}"
                    if problem.address else f":red[:material/error:] {plain(_(problem.message), 400)}")
        if problem.fix:
            st.button(_(problem.fix.title), key=f"recipe_fix/{index}", icon=":material/build:",
                      on_click=draft.apply_fix, args=(problem.fix,))
    if not problems:
        _draw_memory_warning()
    dataset = chosen_dataset()
    chosen = st.session_state[state.DRAFT].recipe.data
    available = dataset is not None and data.is_available(dataset.name, chosen.params)
    disabled = bool(problems) or not available
    _draw_button(disabled, busy)
    _draw_folds(disabled)
    draw_wager(st.session_state[state.DRAFT].recipe, disabled=disabled)


def _draw_button(disabled: bool, busy: bool) -> None:
    """Another run can be started while one goes on: it waits in line where need be."""
    if busy:
        st.button(_("Train another"), icon=":material/playlist_add:", width="stretch", key="start_another",
                  disabled=disabled, on_click=_start,
                  help=_("Starts a second run of the recipe as it stands below; the one on the right goes on. Where "
                         "no more runs may train at once, it waits in line."))
    else:
        st.button(_("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="start",
                  disabled=disabled, on_click=_start)


def _draw_folds(disabled: bool) -> None:
    with st.popover(_("Cross-validate"), icon=":material/view_week:", width="stretch", key="cross_validate",
                    disabled=disabled):
        st.markdown(_("Splits the training samples into equal parts, the folds, and trains one run for each with that "
                      "fold held out. Their mean says how good the recipe is, their spread how sure that is."),
                    help=hover("cross_validation"))
        folds = st.number_input(_("Folds"), min_value=2, max_value=_MOST_FOLDS, value=_USUAL_FOLDS, step=1, key=_FOLDS)
        st.button(_("Start {count} runs", count=folds), key="start_folds", type="primary", disabled=disabled,
                  icon=":material/play_arrow:", on_click=_start_folds)


def _draw_memory_warning() -> None:
    """Where a step would not fit into what is free now, before anybody waits for it to fail."""
    from explorer.environment import pick_device
    from explorer.training.loop.memory import available_bytes, largest_batch

    recipe = st.session_state[state.DRAFT].recipe
    free = available_bytes(pick_device(recipe.device)[0])
    fitting = largest_batch(recipe, free)
    if fitting < recipe.batch_size:
        st.warning(_("A step will hardly fit: {free} are free, enough for batches of about {fitting} samples.",
                     free=format_bytes(free), fitting=f"{fitting:,}"))


@uninterrupted
def _start() -> None:
    """Make a run of the recipe and hand it to the worker that waits, or put it in line."""
    if not _is_double_click():
        recipe = st.session_state[state.DRAFT].recipe
        _launch(lambda runs, owner: [runs.create(recipe, owner)])


@uninterrupted
def _start_folds() -> None:
    """The same with a run for every fold; the first one is shown."""
    if not _is_double_click():
        recipe, folds = st.session_state[state.DRAFT].recipe, int(st.session_state[_FOLDS])
        _launch(lambda runs, owner: create_folds(runs, recipe, folds, owner))


def _is_double_click() -> bool:
    """Whether something was started a moment ago: a button that starts runs must not do it twice."""
    before, now = st.session_state.get(state.STARTED_S, float("-inf")), time.monotonic()
    st.session_state[state.STARTED_S] = now
    return now - before < DOUBLE_CLICK_S


def _launch(create: Callable[[RunStore, str], list[Run]]) -> None:
    try:
        weights = chosen_weights(st.session_state[state.DRAFT].recipe.network)  # before there is a run to be left over
        runs = create(RunStore(), st.session_state.get(state.OWNER, ""))
        for run in runs:
            keep_wager(run)
            keep_begin(run, weights)
            background.launcher().start(run)
    except NoWeights as error:
        st.session_state[state.NOTICE] = error.sentence
        return
    except OSError as error:
        st.session_state[state.NOTICE] = text("The run could not be started: {why}.", why=error.strerror or str(error))
        return
    st.session_state[state.RUN] = runs[0].id
