"""Train's right side: a run as it trains, kept up to date by the browser; Python draws words and buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer import tasks
from explorer.recipe import Recipe
from explorer.training import Run, RunDeleted, Status
from explorer.training.records.metrics import LOSS, VALIDATION, DamagedMetrics, EpochRow, read_epochs
from explorer.ui.language import _
from explorer.ui.session.notices import draw_lasting_notice, draw_problem
from explorer.ui.train.earlier_boundary import earlier_boundary
from explorer.ui.train.final_numbers import final_words
from explorer.ui.train.guess import outcome_words
from explorer.ui.train.network_view import draw_network_picture, has_picture
from explorer.ui.train.plane import draw_plane
from explorer.ui.train.plane_controls import chosen_run
from explorer.ui.train.plane_data import is_in_plane
from explorer.ui.train.queue import place_words
from explorer.ui.train.run_controls import BUTTONS, draw_controls, is_live, obey
from explorer.ui.widgets.components.clicks import draw_clicks
from explorer.ui.widgets.components.live import draw_live

_WORDS_S = 2.0  # between two drawings of the words; what is urgent the browser asks for
_STATE_PX, _CHART_PX, _LOW_PX, _SQUARE_PX, _NETWORK_PX = 44, 250, 190, 430, 430


def draw_run(run: Run) -> None:
    """Draw the run's state, controls and charts."""
    st.fragment(_draw_head, run_every=_WORDS_S if is_live(run) else None)(run, is_live(run))
    draw_charts(run.recipe, run)


def draw_waiting(recipe: Recipe) -> None:
    """Draw the empty charts before the first run, so that nothing jumps, or has to be fetched, when it starts."""
    st.info(_("Nothing has been trained yet. Press Train: the loss appears here within a second."))
    draw_charts(recipe, None)


def _draw_head(run: Run, was_live: bool) -> None:
    """Draw the state and the buttons; drawn anew when the browser sees another state."""
    draw_clicks("steering_clicks", BUTTONS, run.id, obey)
    try:
        status = run.status()
        if was_live != status.is_live:
            st.rerun()  # the rest of the page must learn that it has ended, or goes on
        draw_lasting_notice()
        words, buttons = st.columns([0.56, 0.44], vertical_alignment="top")
        with words:
            draw_live("state", run.id, "live/state", _STATE_PX, known=status.state)
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            draw_controls(run, status)
        st.caption(_remark(run, status) or "&nbsp;")
    except RunDeleted:
        if was_live:
            st.rerun()  # the rest of the page, too: its form is free again
        draw_live("state", run.id, "live/state", _STATE_PX)  # has the sentence
    except DamagedMetrics:
        draw_problem(_("This run's metrics file is damaged and cannot be read."))


def _remark(run: Run, status: Status) -> str:
    """Put into one line what the numbers mean, or what the run waits for."""
    if status.is_queued:
        return place_words(run)
    epochs = read_epochs(run.metrics_path)
    outcome = outcome_words(run, epochs, status.is_live) or _meaning_words(run.recipe, epochs)
    return " · ".join(filter(None, (final_words(run.recipe, status.summary), outcome)))


def _meaning_words(recipe: Recipe, epochs: Sequence[EpochRow]) -> str:
    """Explain what the held-out loss means, for a task that has a sentence for it; empty where there is none yet."""
    measured = [loss for row in epochs if (loss := row.value(VALIDATION, LOSS)) is not None]
    explained = [metric for metric in tasks.of(recipe).metrics_of(recipe) if metric.meaning and metric.from_loss]
    if not explained or not measured:
        return ""
    return _(explained[0].meaning, value=f"{explained[0].from_loss(measured[-1]):.2f}")


def draw_charts(recipe: Recipe, run: Run | None) -> None:
    """Draw everything that moves, in places fixed before the data come: of the run, or empty."""
    names = [LOSS, *(metric.name for metric in tasks.of(recipe).metrics_of(recipe))]
    run_id = run.id if run else None
    curves = partial(draw_live, "curves", run_id, "live/curves", names=names)
    network = partial(_draw_network, run)
    if is_in_plane(recipe):
        draw_plane(network, partial(_draw_boundary, run_id), partial(curves, _LOW_PX))
        _draw_strip_and(partial(draw_live, "rate", run_id, "live/rate", _LOW_PX), run_id, _LOW_PX)
    else:
        curves(_CHART_PX)
        _draw_strip_and(partial(draw_live, "view", run_id, "live/view", _CHART_PX), run_id, _CHART_PX)
        draw_live("rate", run_id, "live/rate", _LOW_PX)
    draw_live("curves", run_id, "live/rest", _CHART_PX, rest=True, besides=names)
    if not is_in_plane(recipe) and has_picture(recipe):
        network()


def _draw_strip_and(draw_other: partial, run_id: str | None, height_px: int) -> None:
    strip, other = st.columns(2)
    with strip:
        draw_live("strip", run_id, "live/strip", height_px)
    with other:
        draw_other()


def _draw_network(run: Run | None) -> None:
    draw_network_picture(run, "live_network", _NETWORK_PX)


def _draw_boundary(run_id: str | None) -> None:
    earlier = earlier_boundary(chosen_run())
    overlay, name = earlier or (None, "")
    draw_live("view", run_id, "live/view", _SQUARE_PX, overlay=overlay, overlay_name=name)
