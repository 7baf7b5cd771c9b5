"""Inspect's choice of a run, and of a step of its training; it needs no torch."""

from __future__ import annotations

from itertools import islice

import streamlit as st

from explorer.training import Run, RunStore
from explorer.training.records.checkpoints import frame_steps
from explorer.training.runs.recording import is_recording
from explorer.ui.data.run_picker import describe_run
from explorer.ui.glossary import hover
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run

_RUNS = 30  # to choose from


def draw_run_choice(run: Run) -> None:
    """Choose which of the recent runs is looked into."""
    runs = list(islice((each for each in RunStore().list(owner()) if not is_recording(each.folder)), _RUNS))
    runs = runs if run in runs else [run, *runs]
    chosen = st.selectbox(_("Run"), runs, index=runs.index(run), key=f"run_choice/{run.id}",
                          format_func=lambda each: describe_run(each, with_state=True) or _("damaged run"))
    if chosen != run:
        show_run(chosen)
        state.ENLARGED.clear()
        st.rerun(scope="app")


def draw_time(run: Run) -> int | None:
    """Choose one of the steps of which weights were kept; None where there is none."""
    steps = frame_steps(run.frames_folder)
    if not steps:
        st.info(_("No weights have been kept yet."))
        return None
    if len(steps) == 1:
        return steps[0]
    return st.select_slider(_("Step of training"), steps, value=steps[-1], key=f"time/{run.id}/{steps[-1]}",
                            format_func=lambda step: f"{step:,}", help=hover("checkpoint"))
