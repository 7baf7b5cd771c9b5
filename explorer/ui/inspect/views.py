"""The page's parts: the moment of training, the input, the views of the network in tabs, its answer."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.inspection.held_out import NO_SAMPLES
from explorer.inspection.models import NoWeights
from explorer.inspection.outcome import DAMAGED
from explorer.probes import ANSWER, PLACES, Subject
from explorer.probes.probe import GRADIENTS, MAPS
from explorer.spec import BadValue, UnknownName
from explorer.training import Run
from explorer.training.records.checkpoints import DamagedFrame, frame_steps
from explorer.ui.app import inspect_route
from explorer.ui.data.run_picker import describe_run, recent_runs
from explorer.ui.inspect import edited, input, look, outcome, probe_view
from explorer.ui.inspect.moments import moments_of
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.notices import draw_problem, tell
from explorer.ui.session.person import owner
from explorer.ui.widgets.components.inspector import draw_part

_NEWS_S = 2.0
_RUNS = 30  # to compare with
_OF_A_PART = (MAPS, GRADIENTS)  # places that show all layers of the whole network, or of a block walked into


def draw_time(run: Run, steps: Sequence[int]) -> None:
    """Choose one of the steps of which weights were kept; the part also brings what is looked at to Python."""
    draw_part("time", f"time/{run.id}", height_px=66, first=look.for_browser(look.known_look(run, steps), steps),
              revision=_revision(run), on_settled=look.keep_look, on_open=look.open_place,
              moments=moments_of(run, steps), title=describe_run(run),
              runs=[{"id": each, "title": title} for each, title in recent_runs(owner(), _RUNS).items()
                    if each != run.id])


def follow_steps(run: Run) -> None:
    """Hand the steps that a run keeps while it trains to the browser, which goes on to the newest if it was there."""
    if run.status().is_live:
        st.fragment(_draw_news, run_every=_NEWS_S)(run)


def _draw_news(run: Run) -> None:
    if not run.status().is_live:
        st.rerun(scope="app")
    if steps := frame_steps(run.frames_folder):
        draw_part("news", f"news/{run.id}", first=look.for_browser(look.known_look(run, steps), steps),
                  revision=_revision(run), moments=moments_of(run, steps))


def _revision(run: Run) -> str:
    return f"{run.id}/{state.LOOK_REVISION.value}"


def draw_views(run: Run, steps: Sequence[int]) -> None:
    """Draw the input, the views of the network for it, and the network's answer."""
    try:
        subject = inspect_route.hub().look(run, look.asked_of(look.known_look(run, steps)))
    except BadValue as error:
        if not look.begin_with_a_sample():
            draw_problem(error.sentence)
            return
        tell(error.sentence)
        st.rerun(scope="app")
    except (UnknownName, *NO_SAMPLES) as error:
        draw_problem(error.sentence)
    except DamagedFrame:
        draw_problem(DAMAGED)
    except NoWeights:
        draw_problem(inspect_route.NO_WEIGHTS)
    else:
        if not look.check_output(subject):
            st.rerun(scope="app")
        outcome.settle_requests(subject)
        _draw(run, subject)


def _draw(run: Run, subject: Subject) -> None:
    input.draw_strip(subject)
    middle, right = st.columns([0.77, 0.23], gap="medium")
    with middle:
        with st.container(key="changed", gap=None):
            edited.draw_edited(run)
            draw_part("intervened", f"intervened/{run.id}")
        look.open_place_in_address()
        for place, tab in zip(PLACES, st.tabs([_(title) for title in PLACES.values()], key=look.TABS,
                                              on_change="rerun"), strict=True):
            if tab.open:
                look.name_place(place)
                with tab:
                    if place in _OF_A_PART:
                        _draw_part_choice(subject)
                    probe_view.draw_place(place, subject)
    with right:
        input.draw_input(subject)
    with right.container(key="answer"):
        probe_view.draw_place(ANSWER, subject)


def _draw_part_choice(subject: Subject) -> None:
    if blocks := look.blocks_of(subject.recipe.network):
        draw_part("inside", f"inside/{subject.recipe.network.digest[:12]}", height_px=36, blocks=blocks)
