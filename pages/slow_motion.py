"""Slow motion: one batch of training, node by node."""

import streamlit as st

from explorer.recipe import Recipe
from explorer.training import Run
from explorer.ui.app import address, shell
from explorer.ui.app.torch_import import await_torch, torch_is_there
from explorer.ui.language import _

corner = shell.begin_page(_("Slow motion"), _("One batch: forward, loss, backward, update."))
opened, run = address.opened_draft_and_run()


def draw_known(recipe: Recipe) -> None:
    """Draw the network, in the place where the step is shown once torch is there."""
    from explorer.ui.slow_motion import drawing

    st.container(height=drawing.CONTROLS_PX, border=False)
    canvas, side = st.columns(drawing.SHARES, gap="medium")
    with canvas:
        drawing.draw_network(recipe.network)
    with side.container(border=True, key="slow_side"):
        await_torch()


def draw(recipe: Recipe, of_run: Run | None) -> None:
    if not torch_is_there():
        draw_known(recipe)
        return
    from explorer.ui.slow_motion import slow_motion

    if slow_motion.draw_start(recipe, of_run):
        slow_motion.draw_step(recipe)


if run and run.recording:
    shell.draw_start(_("This run was recorded from a training loop of your own. Slow motion needs a network that was "
                       "built here; its numbers are on Train."), _("Show it on Train"), shell.TRAIN)
elif opened:
    with corner:
        if st.button(_("Back to Train"), key="back", icon=":material/arrow_back:"):
            shell.go_to(shell.TRAIN)
    draw(run.recipe if run else opened.recipe, run)
else:
    shell.draw_start(_("No network is open yet."), _("Choose a network"), shell.HOME)
