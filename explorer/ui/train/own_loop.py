"""Train's view of a run that somebody's own training loop fills, and the list of such runs."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

import streamlit as st

from explorer.charts.learning_rates import LEARNING_RATE
from explorer.training import Run, RunDeleted, RunStore
from explorer.training.records.metrics import DamagedMetrics, read_facts, read_scalar_names
from explorer.training.runs.recording import is_recording
from explorer.ui.data.run_picker import describe_run
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.train.layer_statistics import draw_inside
from explorer.ui.train.run_controls import is_live
from explorer.ui.widgets.components.live import draw_live

_LISTED = 12
_WORDS_S, _STATE_PX, _CHART_PX, _LOW_PX = 5.0, 44, 250, 190
_EXAMPLE = """import explorer

with explorer.record(model, name="my loop") as run:
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        run.log(loss=loss)"""


def draw_own_loop(run: Run) -> None:
    """Draw a recording: its name, why nothing steers it here, its numbers, and the statistics of its layers."""
    live = is_live(run)
    name, close = st.columns([0.85, 0.15], vertical_alignment="center")
    name.markdown(f"#### {plain(run.recording.name, 120)}")
    with close.container(horizontal=True, horizontal_alignment="right"):
        st.button(_("Close"), key="close_own_loop", icon=":material/close:", on_click=_close,
                  help=_("Stops showing this recording; it goes on, and its run is kept."))
    st.caption(_("Recorded from a training loop of your own: that program starts and stops it, so there is nothing to "
                 "steer here. Its numbers are kept, its weights are not."))
    st.fragment(_draw_head, run_every=_WORDS_S if live else None)(run, live)
    draw_live("curves", run.id, "live/curves", _CHART_PX, rest=True)
    draw_live("strip", run.id, "live/strip", _CHART_PX)
    st.fragment(_draw_rate, run_every=_WORDS_S if live else None)(run)
    draw_inside(run)


@uninterrupted
def _close() -> None:
    show_run(None)
    st.query_params.pop(state.RUN_PARAMETER, None)


def _draw_head(run: Run, was_live: bool) -> None:
    try:
        status, facts = run.status(), read_facts(run.metrics_path)
        if was_live != status.is_live:
            st.rerun()  # the rest of the page must learn that it has ended
        known = {"known": status.state}
    except (RunDeleted, DamagedMetrics):
        known, facts = {}, {}  # the browser has the sentence
    draw_live("state", run.id, "live/state", _STATE_PX, **known)
    if facts.get("is_compiled"):
        st.caption(_("The model is compiled, so layer outputs are not recorded; gradients, weights and updates "
                     "are."))


def _draw_rate(run: Run) -> None:
    """Draw the learning rate of a loop that logs it: whether it does shows only once its first steps are recorded."""
    with suppress(DamagedMetrics):  # the browser has the sentence
        if LEARNING_RATE in read_scalar_names(run.metrics_path):
            draw_live("rate", run.id, "live/rate", _LOW_PX)


@uninterrupted
def _show(run: Run) -> None:
    show_run(run)


def draw_own_loops() -> None:
    """Draw a popover with the recordings of one's own loops; one without any has the lines that make one."""
    place = st.popover(_("Your own loops"), key="own_loops", icon=":material/code:", on_change="rerun",
                       help=_("Runs recorded from training loops of your own."))
    if place.open:
        with place:
            draw_list()


def draw_list() -> None:
    """List the latest recordings, each with a button that shows it, and the lines that make one."""
    runs = list(islice((run for run in RunStore().list(owner()) if is_recording(run.folder)), _LISTED))
    for run in runs:
        if words := describe_run(run, with_state=True):
            st.button(plain(words, 120), key=f"own_loop/{run.id}", on_click=_show, args=(run,), type="tertiary")
    st.caption(_("Any PyTorch loop can be watched here, in a program started from this folder:") if not runs else
               _("To record another one:"))
    st.code(_EXAMPLE, language="python")
