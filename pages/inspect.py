"""Inspect: every layer of a trained network at work on an input, at any step of its training."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.training import Run
from explorer.ui.app import address, shell
from explorer.ui.app.torch_import import await_torch, torch_is_there
from explorer.ui.language import _
from explorer.ui.session import notices


@st.fragment
def draw_inside(run: Run) -> None:
    from explorer.ui.inspect import run_choice

    choice, time = st.columns([0.3, 0.7], gap="medium")
    with choice:
        run_choice.draw_run_choice(run)
    with time:
        step = run_choice.draw_time(run)
    left, middle, right = st.columns([0.22, 0.52, 0.26], gap="medium")
    if not torch_is_there():
        with middle:
            await_torch()
    draw_layers(run, step, left, middle, right)


def draw_layers(
    run: Run, step: int | None, left: DeltaGenerator, middle: DeltaGenerator, right: DeltaGenerator,
) -> None:
    """Draw the input, the output of every layer for it, and the network's answer."""
    from explorer.probes import ANSWER, PLACES
    from explorer.training.records.checkpoints import DamagedFrame
    from explorer.ui.inspect import input, inspect, probe_view

    with left:
        chosen = input.draw_input(run.recipe)
    if step is None or chosen is None:
        return
    try:
        model = inspect.model_at(run, step)
    except DamagedFrame:
        notices.draw_problem(_("The weights of this step are damaged. Choose another step."))
        return
    with middle:
        subject = inspect.look_at(run, step, model, chosen, inspect.draw_block_choice(run.recipe, model))
        shown = []
        for place, tab in zip(PLACES, st.tabs([_(title) for title in PLACES.values()], key="places",
                                              on_change="rerun"), strict=True):
            if tab.open:
                with tab:
                    shown += probe_view.draw_place(place, subject)
    with right.container(key="answer"):
        shown += probe_view.draw_place(ANSWER, subject)
        probe_view.draw_enlarged(shown)


shell.begin_page(_("Inspect"), _("Choose or draw an input; see the output of every layer."))
_draft, opened = address.opened_draft_and_run()
if opened and opened.recording:
    shell.draw_start(_("This run was recorded from a training loop of your own. Its weights were not kept, so there is "
                       "nothing to inspect; its numbers are on Train."), _("Show it on Train"), shell.TRAIN)
elif opened:
    draw_inside(opened)
else:
    shell.draw_start(_("There is no run to inspect yet."), _("Train a network"), shell.TRAIN)
