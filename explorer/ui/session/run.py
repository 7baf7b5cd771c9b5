"""The run that Train, Inspect and Slow motion show, and whose it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from explorer.text import text
from explorer.training import Run, RunStore, UnknownRun
from explorer.ui.session import state
from explorer.ui.session.notices import tell
from explorer.ui.session.person import owner

DOUBLE_CLICK_S = 1.0
ANOTHER_PERSONS = text("This run is another person's: you can watch it and fork it, but only they can change it.")

P = ParamSpec("P")


def shown_run_id() -> str | None:
    """Return the id of the run that this session shows."""
    return state.RUN.value


def shown_run() -> Run | None:
    """Open the run that this session shows; None where there is none, or it was deleted."""
    try:
        return RunStore().open(shown_run_id() or "")
    except UnknownRun:
        return None


def show_run(run: Run | None) -> None:
    """Show this run on every page, or none."""
    state.RUN.value = run.id if run else None


def current_run() -> Run | None:
    """Open the run that this session shows, else the one that the page's address names. Raises UnknownRun."""
    run_id = shown_run_id() or st.query_params.get(state.RUN_PARAMETER)
    if not run_id:
        return None
    try:
        run = RunStore().open(run_id)
    except UnknownRun:
        show_run(None)
        raise
    show_run(run)
    name_in_address()
    return run


def name_in_address() -> None:
    """Have the page's address name the run that is shown, if one is."""
    if run_id := shown_run_id():
        st.query_params[state.RUN_PARAMETER] = run_id


def is_mine(run: Run) -> bool:
    """Check whether the run is this browser's, or nobody's."""
    return run.owner in ("", owner())


def owner_only(act: Callable[P, None]) -> Callable[P, None]:
    """Let a handler change runs only if all that it is given are this browser's, or nobody's; else show why not.

    Anybody who knows a run's address may see it, and a page that was drawn before may still hold its buttons.
    """
    @wraps(act)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        if all(is_mine(each) for each in (*args, *kwargs.values()) if isinstance(each, Run)):
            act(*args, **kwargs)
        else:
            tell(ANOTHER_PERSONS)

    return checked


def is_double_click() -> bool:
    """Check whether something was started a moment ago: a button that starts runs must not do it twice."""
    before, now = state.STARTED_S.value, time.monotonic()
    state.STARTED_S.value = now
    return now - before < DOUBLE_CLICK_S
