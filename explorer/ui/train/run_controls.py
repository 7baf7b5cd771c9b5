"""Buttons that steer the run that is shown: pause, resume, one batch, one epoch, stop, continue."""

from __future__ import annotations

import time

import streamlit as st

from explorer.text import text
from explorer.training import Run, RunDeleted, RunStore, Status, UnknownRun
from explorer.training.records.checkpoints import state_steps
from explorer.training.runs import store
from explorer.ui.app import background
from explorer.ui.app.shell import INSPECT, go_to
from explorer.ui.language import _
from explorer.ui.session.notices import failed
from explorer.ui.session.run import ANOTHER_PERSONS, is_mine, owner_only
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.train.queue import cancel
from explorer.ui.train.steering import set_learning_rate
from explorer.ui.widgets.components.clicks import Click

# the key of each button, and of the field whose value it takes
BUTTONS = {**dict.fromkeys(("pause", "resume", "one_batch", "one_epoch", "stop", "continue"), ""),
            "set_learning_rate": "new_learning_rate"}
STOPS_WITHIN_S, _LOOK_EVERY_S = 1.0, 0.02


def is_live(run: Run | None) -> bool:
    try:
        return run is not None and run.status().is_live
    except RunDeleted:
        return False


def draw_controls(run: Run, status: Status) -> None:
    """Draw the buttons that fit the run's state; of another person's run none that changes it, and why."""
    if not is_mine(run):
        st.caption(f":material/lock: {_(ANOTHER_PERSONS)}")
    elif status.is_queued:
        st.button(_("Cancel"), key="cancel", icon=":material/close:", on_click=cancel, args=(run,),
                  help=_("Removes the run from the queue."))
    elif status.is_live:
        _draw_live_controls(run, status)
    else:
        _draw_continue(run, status)
    if not status.is_live and st.button(_("Inspect"), key="inspect", icon=":material/search:", type="primary"):
        go_to(INSPECT)


def _draw_live_controls(run: Run, status: Status) -> None:
    verb, icon, label = ("resume", ":material/play_arrow:", _("Resume")) if status.state == store.PAUSED \
        else ("pause", ":material/pause:", _("Pause"))
    st.button(label, key=verb, icon=icon, on_click=ask, args=(run, verb))
    st.button(_("One batch"), key="one_batch", on_click=ask, args=(run, "one_batch"),
              help=_("Train on one more batch, then pause."))
    st.button(_("One epoch"), key="one_epoch", on_click=ask, args=(run, "one_epoch"),
              help=_("Train to the end of the epoch, then pause."))
    st.button(_("Stop"), key="stop", icon=":material/stop:", on_click=ask, args=(run, "stop"))


def _draw_continue(run: Run, status: Status) -> None:
    kept = state_steps(run.frames_folder)
    if not kept and status.state in (store.STOPPED, store.INTERRUPTED):  # canceled, or lost, before its first step
        st.button(_("Start"), key="continue", icon=":material/play_arrow:", on_click=_continue, args=(run,))
    elif status.state in store.RESUMABLE_STATES and kept:
        st.button(_("Continue"), key="continue", icon=":material/play_arrow:", on_click=_continue, args=(run,),
                  help=_("Resumes from the last checkpoint; the curve is identical to an uninterrupted run."))


def obey(click: Click) -> None:
    """Handle one click of many. A run that has ended since the click is left alone."""
    try:
        run = RunStore().open(click.about)
    except UnknownRun:
        return
    if click.button == "continue":
        _continue(run)
    elif not is_live(run):
        return
    elif click.button == "set_learning_rate":
        set_learning_rate(run, click.typed)
    else:
        ask(run, click.button)


@uninterrupted
@owner_only
def ask(run: Run, verb: str, value: float | None = None) -> None:
    """Make a request to a run of one's own; a failure is shown at the top of the page."""
    try:
        run.request(verb, value)
    except FileNotFoundError:
        pass  # its folder was deleted, which the page shows
    except OSError as error:
        failed(text("The request could not be sent to the run"), error)


@owner_only
def end(run: Run) -> None:
    """Remove a run from the queue, or stop it; returns once it has ended, so that the next one has room.

    A run that does not obey soon, in the middle of a long step or of an evaluation, ends later.
    """
    if not is_live(run):
        return
    if run.status().is_queued:
        cancel(run)
    else:
        ask(run, "stop")
    until_s = time.monotonic() + STOPS_WITHIN_S
    while is_live(run) and time.monotonic() < until_s:
        time.sleep(_LOOK_EVERY_S)


@uninterrupted
@owner_only
def _continue(run: Run) -> None:
    try:
        background.launcher().start(run)
    except RunDeleted:
        pass  # its folder was deleted, which the page shows
    except OSError as error:
        failed(text("The run could not be continued"), error)
