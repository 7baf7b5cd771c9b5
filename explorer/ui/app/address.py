"""The page's address: the network being edited, the run being shown, a shared recipe."""

from __future__ import annotations

import streamlit as st

from explorer.document import DocumentError
from explorer.recipe.link import PARAMETER, unpack_recipe
from explorer.training import Run, UnknownRun
from explorer.ui.session import draft, state
from explorer.ui.session.draft import Draft
from explorer.ui.session.notices import DISK_REFUSED, draw_problem, reason
from explorer.ui.session.run import current_run, show_run
from explorer.ui.session.uninterrupted import uninterrupted


def opened_draft() -> Draft | None:
    """Open the network in the address, else the session's; a problem with it is shown on the page."""
    try:
        return draft.current()
    except DocumentError as error:
        draw_problem(error.sentence)
        return None


def opened_run() -> Run | None:
    """Open the run in the address, else the session's; a problem with it is shown on the page."""
    try:
        run = current_run()
        if run:
            run.recording or run.recipe  # noqa: B018  raises here where it is damaged, not in whatever needs it first
        return run
    except (UnknownRun, DocumentError) as error:
        draw_problem(error.sentence)
        return None


def opened_draft_and_run() -> tuple[Draft | None, Run | None]:
    """Open both; where the address names a run alone, or holds a recipe, that becomes the network being edited.

    A run of somebody's own loop comes without a network.
    """
    _open_link()
    run = opened_run()
    opened = opened_draft()
    if run and not opened and not run.recording:
        opened = draft.open_recipe(run.recipe)
    return opened, run


@uninterrupted
def _open_link() -> None:
    """Make the recipe that the address holds the network being edited, and name that in the address instead.

    So a reload, and the browser's way back, lead to the same draft. What is wrong with it is shown on the page.
    """
    packed = st.query_params.get(PARAMETER)
    if packed is None:
        return
    for name in (PARAMETER, state.RUN_PARAMETER):
        st.query_params.pop(name, None)
    show_run(None)
    if (opened := state.OPENED_LINK.value) and opened[0] == packed:
        st.query_params[state.NET_PARAMETER] = opened[1]
        return
    try:
        draft_id = draft.open_recipe(unpack_recipe(packed)).id
    except DocumentError as error:
        draw_problem(error.sentence)
    except OSError as error:
        draw_problem(reason(DISK_REFUSED, error))
    else:
        state.OPENED_LINK.value = packed, draft_id
