"""Inspect: a trained network at work on an input, from the whole to one multiplication, at any step of its training."""

import streamlit as st

from explorer.training import Run
from explorer.training.records.checkpoints import frame_steps
from explorer.training.runs.missing import DELETED
from explorer.ui.app import address, shell
from explorer.ui.app.torch_import import await_torch, torch_is_there
from explorer.ui.language import _


@st.fragment
def draw_inside(run: Run) -> None:
    from explorer.ui.inspect import run_choice

    choice, time = st.columns([0.3, 0.7], gap="medium", vertical_alignment="top")
    with choice:
        run_choice.draw_run_choice(run)
    if not (steps := frame_steps(run.frames_folder)):
        st.info(_("No weights have been kept yet.") if run.folder.exists() else _(DELETED))
        return
    if not torch_is_there():
        await_torch()
    from explorer.ui.inspect import views

    with time:
        views.draw_time(run, steps)
        views.follow_steps(run)
    views.draw_views(run, steps)


shell.begin_page(_("Inspect"), _("From the whole network down to one multiplication."))
_draft, opened = address.opened_draft_and_run()
if opened and opened.recording:
    shell.draw_start(_("This run was recorded from a training loop of your own. Its weights were not kept, so there is "
                       "nothing to inspect; its numbers are on Train."), _("Show it on Train"), shell.TRAIN)
elif opened:
    draw_inside(opened)
else:
    shell.draw_start(_("There is no run to inspect yet."), _("Train a network"), shell.TRAIN)
