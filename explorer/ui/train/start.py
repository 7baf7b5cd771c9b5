"""Buttons that start runs of the recipe: one, or one for each fold of a cross-validation."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer import data
from explorer.document import Problem
from explorer.formatting import format_bytes
from explorer.text import text
from explorer.training import Run, RunStore
from explorer.training.loop.pretrained import NoWeights
from explorer.training.work.folds import create_folds
from explorer.training.work.recipe_check import problems
from explorer.ui.app import background
from explorer.ui.app.torch_import import lacks_torch
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session import draft
from explorer.ui.session.fields import typed
from explorer.ui.session.notices import failed, tell
from explorer.ui.session.person import owner
from explorer.ui.session.run import is_double_click, is_mine, show_run, shown_run
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.train.fine_tuning import chosen_weights, keep_initial_weights
from explorer.ui.train.guess import draw_guess, keep_guess
from explorer.ui.train.recipe_form import chosen_dataset
from explorer.ui.train.run_controls import end

_FOLDS, _USUAL_FOLDS, _MOST_FOLDS = "number_of_folds", 5, 100


def draw_start(found: list[Problem], busy: bool) -> None:
    """Draw the buttons, disabled with the reasons where the recipe cannot be trained. `busy`: the shown run has not
    ended."""
    for index, problem in enumerate(found[:3]):
        st.markdown(f":red[:material/error:] {plain(problem.address)}: {plain(_(problem.message), 400)}"
                    if problem.address else f":red[:material/error:] {plain(_(problem.message), 400)}")
        if problem.fix:
            st.button(_(problem.fix.title), key=f"recipe_fix/{index}", icon=":material/build:",
                      on_click=draft.apply_fix, args=(problem.fix,))
    with st.container():
        if not found and not lacks_torch():
            _draw_memory_warning()
    dataset = chosen_dataset()
    chosen = draft.recipe().data
    available = dataset is not None and data.is_available(dataset.name, chosen.params)
    disabled = bool(found) or not available
    _draw_button(disabled, busy)
    _draw_folds(disabled)
    draw_guess(draft.recipe(), disabled=disabled)


def _draw_button(disabled: bool, busy: bool) -> None:
    """Draw the button; another run can be started while one trains: it waits in the queue if necessary."""
    if busy:
        st.button(_("Train another"), icon=":material/playlist_add:", width="stretch", key="start_another",
                  disabled=disabled, on_click=_start,
                  help=_("Starts a second run with the recipe below; the one on the right continues. If the limit of "
                         "simultaneous runs is reached, it waits in the queue."))
    else:
        st.button(_("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="start",
                  disabled=disabled, on_click=_start)


def _draw_folds(disabled: bool) -> None:
    with st.popover(_("Cross-validate"), icon=":material/view_week:", width="stretch", key="cross_validate",
                    disabled=disabled):
        st.markdown(_("Splits the training samples into equal parts, the folds, and trains one run for each with that "
                      "fold held out. Their mean shows how good the recipe is, their standard deviation how reliable "
                      "that is."),
                    help=hover("cross_validation"))
        folds = st.number_input(_("Folds"), min_value=2, max_value=_MOST_FOLDS, value=_USUAL_FOLDS, step=1, key=_FOLDS)
        st.button(_("Start {count} runs", count=folds), key="start_folds", type="primary", disabled=disabled,
                  icon=":material/play_arrow:", on_click=_start_folds)


def _draw_memory_warning() -> None:
    """Warn where a step would not fit into free memory, before anybody waits for it to fail."""
    from explorer.environment import pick_device
    from explorer.training.loop.memory import available_bytes, largest_batch

    recipe = draft.recipe()
    free = available_bytes(pick_device(recipe.device)[0])
    fitting = largest_batch(recipe, free)
    if fitting < recipe.batch_size:
        st.warning(_("A step will probably not fit in memory: {free} are free, enough for batches of about {fitting} "
                     "samples.",
                     free=format_bytes(free), fitting=f"{fitting:,}"))


@uninterrupted
def _start() -> None:
    """Make a run of the recipe and hand it to the waiting worker, or put it in the queue."""
    if not is_double_click():
        recipe = draft.recipe()
        _launch(lambda runs, owner: [runs.create(recipe, owner)])


@uninterrupted
def start_again() -> None:
    """Train the recipe as it is now in place of the run that is shown, which is ended if it is this person's.

    That run is looked up now: where clicks come faster than the page, it was started after the page was drawn. Where no
    run is shown nothing starts; a recipe with problems, which the page shows above its form, leaves the run as it is.
    """
    recipe, run = draft.recipe(), shown_run()
    if run and not problems(recipe):
        _launch(lambda runs, owner: [runs.create(recipe, owner)], instead_of=run)


@uninterrupted
def _start_folds() -> None:
    """Start a run for every fold; the first one is shown."""
    if not is_double_click():
        recipe, folds = draft.recipe(), int(typed(_FOLDS))
        _launch(lambda runs, owner: create_folds(runs, recipe, folds, owner))


def _launch(create: Callable[[RunStore, str], list[Run]], instead_of: Run | None = None) -> None:
    """Make runs and start them, once a run of this person that they replace has ended; the first one is shown."""
    try:
        weights = chosen_weights(draft.recipe().network)  # before there is a run to be left over
        runs = create(RunStore(), owner())
        if instead_of and is_mine(instead_of):
            end(instead_of)
        for run in runs:
            keep_guess(run)
            keep_initial_weights(run, weights)
            background.launcher().start(run)
    except NoWeights as error:
        tell(error.sentence)
        return
    except OSError as error:
        failed(text("The run could not be started"), error)
        return
    show_run(runs[0])
