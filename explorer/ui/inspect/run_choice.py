"""Inspect's choice of a run; it needs no torch."""

from __future__ import annotations

from itertools import islice

import streamlit as st

from explorer.training import Run, RunStore
from explorer.training.runs.recording import is_recording
from explorer.ui.data.run_picker import describe_run, told_apart
from explorer.ui.inspect.look_address import forget_look
from explorer.ui.language import _
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run

_RUNS = 30  # to choose from


def draw_run_choice(run: Run) -> None:
    """Choose which of the recent runs is looked into."""
    runs = list(islice((each for each in RunStore().list(owner()) if not is_recording(each.folder)), _RUNS))
    runs = runs if run in runs else [run, *runs]
    words = told_apart({each.id: describe_run(each, with_state=True) or _("damaged run") for each in runs})
    chosen = st.selectbox(_("Run"), runs, index=runs.index(run), key=f"run_choice/{run.id}",
                          label_visibility="collapsed", format_func=lambda each: words[each.id])
    if chosen != run:
        show_run(chosen)
        forget_look()
        st.rerun(scope="app")
