"""Train: set the recipe, start it, and watch it learn."""

import streamlit as st

from explorer.document import Problem
from explorer.recipe import Recipe
from explorer.training import Run
from explorer.ui.app import address, shell
from explorer.ui.app.torch_import import await_torch, complete_page, torch_is_there
from explorer.ui.language import _


def draw_form(recipe: Recipe, run: Run | None, found: list[Problem]) -> None:
    """Draw what is trained and the button that starts it."""
    from explorer import network
    from explorer.ui.train import plane_controls, plane_data, queue, recipe_form, start
    from explorer.ui.train.run_controls import is_live

    start.draw_start(found, busy=is_live(run))
    queue.draw_line(run)
    if plane_data.is_in_plane(recipe):
        plane_controls.draw_plane_controls(run, recipe)
    recipe_form.draw_fit_note(next(iter(network.shapes(recipe.network).values()), ()))
    recipe_form.draw_recipe_form()


def draw_recorded(run: Run) -> None:
    """Draw what is read from the run's files, without torch."""
    from explorer.ui.train import execution, folds, layer_statistics, steering

    folds.draw_folds(run)
    steering.draw_family(run)
    layer_statistics.draw_inside(run)
    execution.draw_execution(run)


def draw_diagnosis(run: Run) -> None:
    """Draw the report and the doctor."""
    from explorer.ui.train import doctor, report

    report.draw_report(run)
    doctor.draw_doctor(run)


corner = shell.begin_page(_("Train"), _("Press Train and watch the loss fall."))
opened, run = address.opened_draft_and_run()
if run and run.recording:
    from explorer.ui.train import own_loop
    from explorer.ui.train.run_controls import is_live
    from explorer.ui.train.run_export import draw_export

    with corner:
        own_loop.draw_own_loops()
        draw_export(run, is_live(run))
    own_loop.draw_own_loop(run)
elif opened:
    from explorer.training.work.recipe_check import known_problems, problems
    from explorer.ui.train import live, own_loop, plane_data, share, steering
    from explorer.ui.train.run_controls import is_live
    from explorer.ui.train.run_export import draw_export

    form, panel = st.columns([0.24, 0.76], gap="medium")
    with panel:  # first, so that the browser asks for a new run's numbers at once
        if run:
            live.draw_run(run)
        else:
            live.draw_waiting(opened.recipe)
    with corner:
        if st.button(_("Slow motion"), key="slow_motion", icon=":material/slow_motion_video:",
                     help=_("One batch in detail: forward, loss, backward, update, node by node.")):
            shell.go_to(shell.SLOW_MOTION)
        if not run:
            own_loop.draw_own_loops()
        steering.draw_steering(run, is_live(run) and not plane_data.is_in_plane(opened.recipe))
        share.draw_share(opened.recipe)
        draw_export(run, is_live(run))
    found = problems(opened.recipe) if torch_is_there() else known_problems(opened.recipe)
    if found is not None:
        with form:
            draw_form(opened.recipe, run, found)
    if run:
        with panel:
            draw_recorded(run)
    if found is None:  # nothing waits before all the rest is drawn
        with form:
            await_torch()
    with panel:
        complete_page()
        if run:
            if not torch_is_there():
                await_torch()
            draw_diagnosis(run)
else:
    from explorer.ui.train import own_loop

    shell.draw_start(_("No network is open yet."), _("Choose a network"), shell.HOME)
    own_loop.draw_own_loops()
