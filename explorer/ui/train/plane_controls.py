"""Controls for data in a plane, after TensorFlow Playground: all that one tries there, a click away from the picture.

Each control lies in a container of its own, whose key never changes.
"""

from __future__ import annotations

import math
import time
from typing import Any

import streamlit as st

from explorer.blocks.plane_features import FEATURES
from explorer.network.input_features import features_of, with_features
from explorer.recipe import Chosen, Recipe
from explorer.training import Run
from explorer.training.records.metrics import DamagedMetrics, read_facts
from explorer.ui.language import _
from explorer.ui.session import draft, state
from explorer.ui.session.fields import empty, fill, typed
from explorer.ui.session.person import owner
from explorer.ui.session.run import ANOTHER_PERSONS, is_double_click, is_mine, shown_run
from explorer.ui.session.state import Slot, pending
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.train.earlier_boundary import earlier_runs
from explorer.ui.train.plane_data import noise_of, noise_spec
from explorer.ui.train.run_controls import ask, is_live
from explorer.ui.train.start import start_again

FULL = 0.0  # speed
_SPEEDS = (1.0, 5.0, 20.0, 100.0, 500.0, FULL)  # steps a second
_RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # the Playground's
_NOISE_STEP = 0.1
SETTLED_AFTER_S, _LOOK_EVERY_S = 0.4, 0.2
_FORGOTTEN_AFTER_S = 5.0  # a page that was left in the meantime
_EARLIER, _FEATURES, _NOISE = "earlier_boundary/run", "plane_features/chosen", "plane_noise/value"


def draw_plane_controls(run: Run | None, recipe: Recipe) -> None:
    """Draw the controls of a recipe for data in a plane, and of the run that is shown, if any."""
    with st.container(border=True, key="plane_controls"):
        _draw_features(run, recipe)
        st.fragment(_draw_live_controls)(run, recipe)
        _draw_noise(run, recipe)
        st.fragment(_start_once_settled, run_every=_LOOK_EVERY_S if _rested_s() < math.inf else None)()
        _draw_new_seed(run, recipe)
        _draw_earlier_boundary(run, recipe)


def _draw_features(run: Run | None, recipe: Recipe) -> None:
    fill(_FEATURES, list(features_of(recipe.network)))
    with st.container(key="plane_features"):
        st.pills(_("Features"), list(FEATURES), selection_mode="multi", format_func=lambda name: _(FEATURES[name]),
                 key=_FEATURES, on_change=_choose_features,
                 help=_("What the network gets of each point. {again}", again=_starts_again(run)))


@uninterrupted
def _choose_features() -> None:
    draft.change_network(with_features(draft.recipe().network, typed(_FEATURES)))
    start_again()


def _draw_live_controls(run: Run | None, recipe: Recipe) -> None:
    """Draw what a run obeys while it trains; a change draws nothing else."""
    reason = _why_not(run)
    shown, facts = (run.recipe, _facts(run)) if run else (recipe, {})
    place = run.id if run else ""
    with st.container(key="plane_speed"):
        _draw_request(run, "speed", f"plane_speed/{place}", _("Speed"), facts.get("speed", FULL), _SPEEDS, reason,
                      _("How many steps the run takes a second. Slow it down to watch single steps."))
    with st.container(key="plane_learning_rate"):
        own = shown.optimizer.params["lr"]
        changes = facts.get("lr_changes") or [(0, own)]
        _draw_request(run, "learning_rate", f"plane_learning_rate/{place}", _("Learning rate, now"), changes[-1][1],
                      (*_RATES, own), reason, _("Applies from the next step; a schedule continues from it."))


def _draw_request(run: Run | None, verb: str, key: str, label: str, recorded: float, values: tuple[float, ...],
                  reason: str, help_text: str) -> None:
    """Draw a slider whose every change is asked of the run; it also shows what was asked elsewhere.

    What the run records of this slider's own requests comes late, when it may have been moved on.
    """
    options = sorted({*values, recorded}, key=lambda value: value if value or verb != "speed" else math.inf)
    known = _known(key)
    if recorded not in known.value:
        known.value = (recorded,)
        fill(key, recorded)
    st.select_slider(label, options, key=key, format_func=_WORDS[verb], disabled=bool(reason),
                     help=reason or help_text, on_change=_request, args=(run, verb, key))


def _known(key: str) -> Slot[tuple[float, ...]]:
    """Return the slot for the values that a slider has shown, or asked for."""
    return pending(f"{key}/known", ())


@uninterrupted
def _request(run: Run, verb: str, key: str) -> None:
    value, known = float(typed(key)), _known(key)
    known.value = (*known.value, value)
    if is_live(run):
        ask(run, verb, value)


def _speed_words(steps_per_s: float) -> str:
    if steps_per_s == 1:
        return _("1 step/s")
    return _("{count} steps/s", count=f"{steps_per_s:g}") if steps_per_s else _("full")


_WORDS = {"speed": _speed_words, "learning_rate": lambda rate: f"{rate:.6g}"}


def _why_not(run: Run | None) -> str:
    """Explain why a run cannot be steered; empty where it can."""
    if run is None or not is_live(run):
        return _("Applies to a run while it trains.") if run is None else _("This run has ended.")
    return "" if is_mine(run) else _(ANOTHER_PERSONS)


def _facts(run: Run) -> dict[str, Any]:
    try:
        return read_facts(run.metrics_path)
    except DamagedMetrics:
        return {}  # the page shows why


def _draw_noise(run: Run | None, recipe: Recipe) -> None:
    """Draw the noise of data that are generated."""
    spec = noise_spec(recipe)
    if spec is None:
        return
    fill(_NOISE, noise_of(recipe))
    with st.container(key="plane_noise"):
        st.slider(_(spec.title), float(spec.low), float(spec.high), step=_NOISE_STEP, key=_NOISE,
                  on_change=_change_noise, help=f"{_(spec.help)} {_starts_again(run)}")


@uninterrupted
def _change_noise() -> None:
    recipe = draft.recipe()
    noisy = Chosen(recipe.data.name, {**recipe.data.params, "noise": float(typed(_NOISE))})
    draft.change_recipe(recipe.with_(data=noisy))
    draft.redraw_forms()  # the recipe's form has the same setting
    state.MOVED_S.value = time.monotonic()


def _rested_s() -> float:
    """Return for how many seconds the slider has rested, so that another run is to start; infinite if none is."""
    rested_s = time.monotonic() - state.MOVED_S.value
    return rested_s if rested_s < _FORGOTTEN_AFTER_S else math.inf


def _start_once_settled() -> None:
    """Start another run once the slider rests: the keyboard moves it in many small steps, and each would be a run."""
    if SETTLED_AFTER_S <= _rested_s() < math.inf:
        state.MOVED_S.clear()
        start_again()
        st.rerun()


def _draw_new_seed(run: Run | None, recipe: Recipe) -> None:
    with st.container(key="plane_seed"):
        st.button(_("New seed"), key="new_seed", icon=":material/casino:", width="stretch", on_click=_take_new_seed,
                  help=_("Draws other initial weights, from seed {seed}. {again}", seed=recipe.seed + 1,
                         again=_starts_again(run)))


@uninterrupted
def _take_new_seed() -> None:
    if shown_run() is None or not is_double_click():
        recipe = draft.recipe()
        draft.change_recipe(recipe.with_(seed=recipe.seed + 1))
        draft.redraw_forms()
        start_again()


def _starts_again(run: Run | None) -> str:
    if run is None:
        return ""
    return _("A change stops this run and starts a new one.") if is_mine(run) and is_live(run) else \
        _("A change starts a new run.")


def _draw_earlier_boundary(run: Run | None, recipe: Recipe) -> None:
    """Draw the choice of an earlier run whose boundary is laid over this one's."""
    titles = {"": _("none"), **earlier_runs(recipe, owner(), run.id if run else "")}
    if typed(_EARLIER, "") not in titles:
        empty(_EARLIER)
    with st.container(key="earlier_boundary"):
        st.selectbox(_("Earlier boundary"), list(titles), key=_EARLIER, format_func=titles.get,
                     disabled=len(titles) == 1,
                     help=_("Lays the boundary that an earlier run of yours learned on these data over the picture.")
                     if len(titles) > 1 else _("You have no earlier run on these data."))


def chosen_run() -> str:
    """Return the id of the run whose boundary was chosen to be laid over; empty where none was."""
    return typed(_EARLIER, "")
