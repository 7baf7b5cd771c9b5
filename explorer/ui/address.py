"""What the page's address names: the network being edited, and the run being looked at."""

from __future__ import annotations

import streamlit as st

from explorer.document import DocumentError
from explorer.training import Run, RunStore, UnknownRun
from explorer.ui import draft, state
from explorer.ui.draft import Draft
from explorer.ui.shell import draw_problem


def opened_draft() -> Draft | None:
    """The network in the address, else the session's; what is wrong with it is said on the page."""
    try:
        return draft.current()
    except DocumentError as error:
        draw_problem(error.sentence)
        return None


def opened_run() -> Run | None:
    """The run in the address, else the session's; what is wrong with it is said on the page."""
    try:
        run = current_run()
        if run:
            run.recipe  # noqa: B018  a damaged recipe must be told here, and not by whoever needs it first
        return run
    except (UnknownRun, DocumentError) as error:
        draw_problem(error.sentence)
        return None


def opened_draft_and_run() -> tuple[Draft | None, Run | None]:
    """Both; where the address names a run alone, its recipe becomes the network being edited."""
    run = opened_run()
    opened = opened_draft()
    if run and not opened:
        opened = draft.open_recipe(run.recipe)
    return opened, run


def current_run() -> Run | None:
    """The run that the page's address names, else the session's. Raises UnknownRun."""
    run_id = st.session_state.get(state.RUN) or st.query_params.get(state.RUN_PARAMETER)
    if not run_id:
        return None
    try:
        run = RunStore().open(run_id)
    except UnknownRun:
        st.session_state[state.RUN] = None
        raise
    st.session_state[state.RUN] = run.id
    st.query_params[state.RUN_PARAMETER] = run.id
    return run
