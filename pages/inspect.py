"""Inspect: every layer of a trained network at work on an input, at any step of its training."""

import streamlit as st

from explorer.training import Run
from explorer.ui.app import address, background, shell
from explorer.ui.language import _
from explorer.ui.session import notices


@st.fragment
def draw_inside(run: Run) -> None:
    from explorer.training.records.checkpoints import DamagedFrame
    from explorer.ui.inspect import inspect

    choice, time = st.columns([0.3, 0.7], gap="medium")
    with choice:
        inspect.draw_run_choice(run)
    with time:
        step = inspect.draw_time(run)
    left, middle, right = st.columns([0.22, 0.52, 0.26], gap="medium")
    with left:
        shown = inspect.draw_input(run.recipe)
    if step is None or shown is None:
        return
    try:
        model = inspect.model_at(run, step)
    except DamagedFrame:
        notices.draw_problem(_("The weights of this step are damaged. Choose another step."))
        return
    with middle:
        inside = inspect.draw_inside_choice(run.recipe, model)
        overview, kernels = st.tabs([_("Overview"), _("Kernels and weights")])
        with overview:
            inspect.draw_overview(run.recipe, model, shown.batch, inside)
        with kernels:
            inspect.draw_kernels(model, shown.batch, inside)
    with right.container(key="answer"):
        inspect.draw_answer(run.recipe, model, shown)
        inspect.draw_enlarged(model, shown.batch, inside)


shell.begin_page(_("Inspect"), _("Choose an input, or draw one, and see the output of every layer."))
background.warm_up()
_draft, opened = address.opened_draft_and_run()
if opened:
    with st.spinner(_("Loading PyTorch …"), show_time=True):
        import explorer.ui.inspect.inspect  # noqa: F401
    draw_inside(opened)
else:
    shell.draw_start(_("There is no run to inspect yet."), _("Train a network"), shell.TRAIN)
