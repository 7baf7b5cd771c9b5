"""Inspect: every layer of a trained network at work on an input, at any step of its training."""

import streamlit as st

from explorer.training import Run
from explorer.ui.app import address, background, shell
from explorer.ui.language import _
from explorer.ui.session import notices


@st.fragment
def draw_inside(run: Run) -> None:
    from explorer.probes import ANSWER, PLACES
    from explorer.training.records.checkpoints import DamagedFrame
    from explorer.ui.inspect import input, inspect, probe_view

    choice, time = st.columns([0.3, 0.7], gap="medium")
    with choice:
        inspect.draw_run_choice(run)
    with time:
        step = inspect.draw_time(run)
    left, middle, right = st.columns([0.22, 0.52, 0.26], gap="medium")
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


shell.begin_page(_("Inspect"), _("Choose an input, or draw one, and see the output of every layer."))
background.warm_up()
_draft, opened = address.opened_draft_and_run()
if opened and opened.recording:
    shell.draw_start(_("This run was recorded from a training loop of your own. Its weights were not kept, so there is "
                       "nothing to inspect; its numbers are on Train."), _("Show it on Train"), shell.TRAIN)
elif opened:
    with st.spinner(_("Loading PyTorch …"), show_time=True):
        import explorer.ui.inspect.inspect  # noqa: F401
    draw_inside(opened)
else:
    shell.draw_start(_("There is no run to inspect yet."), _("Train a network"), shell.TRAIN)
