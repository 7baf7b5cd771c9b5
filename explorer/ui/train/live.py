"""Train's right side: a run as it trains, kept up to date by the browser; Python draws words and buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from explorer import tasks
from explorer.recipe import Recipe
from explorer.training import Run, RunDeleted, Status
from explorer.training.records.metrics import LOSS, VALIDATION, DamagedMetrics, EpochRow, read_epochs
from explorer.ui.language import _
from explorer.ui.session.notices import draw_lasting_notice, draw_problem
from explorer.ui.session.run import is_mine
from explorer.ui.train.earlier_boundary import earlier_boundary
from explorer.ui.train.final_numbers import final_words
from explorer.ui.train.guess import outcome_words
from explorer.ui.train.network_view import draw_network_picture
from explorer.ui.train.plane import Draw, draw_plane
from explorer.ui.train.plane_controls import chosen_run
from explorer.ui.train.plane_data import are_images, is_in_plane
from explorer.ui.train.queue import place_words
from explorer.ui.train.run_controls import BUTTONS, ask, draw_controls, is_live, obey
from explorer.ui.widgets.components.clicks import draw_clicks
from explorer.ui.widgets.components.live import draw_live

_WORDS_S, _PLACE_S = 10.0, 2.0  # between two drawings of the words, and of a place in the queue; the state is at once
_STATE_PX, _CHART_PX, _LOW_PX, _VIEW_PX, _SQUARE_PX, _NETWORK_PX = 44, 250, 190, 280, 430, 430
_TERMS = {LOSS: "loss", "accuracy": "accuracy", "perplexity": "perplexity", "strip": "gradient_norm",
          "rate": "learning_rate", "view": "validation"}


def draw_run(run: Run) -> None:
    """Draw the run's state, controls and charts."""
    st.fragment(_draw_head, run_every=_refresh_s(run))(run, is_live(run))
    draw_charts(run.recipe, run)


def _refresh_s(run: Run) -> float | None:
    """Return how often the words are drawn anew: what is urgent the browser asks for when the state changes."""
    if not is_live(run):
        return None
    return _PLACE_S if run.status().is_queued else _WORDS_S


def draw_waiting(recipe: Recipe) -> None:
    """Draw the empty charts before the first run, so that nothing jumps, or has to be fetched, when it starts."""
    st.info(_("Nothing has been trained yet. Press Train: the loss appears here within a second."))
    draw_charts(recipe, None)


def _draw_head(run: Run, was_live: bool) -> None:
    """Draw the state and the buttons; again when the browser sees another state."""
    draw_clicks("steering_clicks", BUTTONS, run.id, obey)
    try:
        status = run.status()
        if was_live != status.is_live:
            st.rerun()  # the rest of the page must learn that it has ended, or goes on
        draw_lasting_notice()
        words, buttons = st.columns([0.56, 0.44], vertical_alignment="top")
        with words, st.container(gap=None):
            draw_live("state", run.id, "live/state", _STATE_PX, known=status.state)
            st.caption(_remark(run, status) or "&nbsp;")
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            draw_controls(run, status)
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
    draw = partial(_draw_part, run.id if run else None, recipe.epochs)
    names = [LOSS, *(metric.name for metric in tasks.of(recipe).metrics_of(recipe))]
    curves, strip, rate = partial(draw, "curves", names=names), partial(draw, "strip"), partial(draw, "rate")
    if is_in_plane(recipe):
        draw_plane(partial(_draw_network, run), partial(_draw_boundary, draw), partial(curves, _LOW_PX))
        _draw_side_by_side(partial(strip, _LOW_PX), partial(rate, _LOW_PX))
    else:
        curves(_CHART_PX)
        _draw_side_by_side(partial(strip, _VIEW_PX), partial(_draw_view, draw, run, recipe))
        rate(_LOW_PX)
    draw("curves", _CHART_PX, place="rest", rest=True, besides=names)
    if are_images(recipe):
        st.markdown(f"**{_('The network')}**", help=_("What every block makes of one sample, as the network is now."))
        _draw_network(run)


def _draw_part(run_id: str | None, epochs: int, part: str, height_px: int, place: str = "", **options: Any) -> None:
    draw_live(part, run_id, f"live/{place or part}", height_px, epochs=epochs, terms=_TERMS, **options)


def _draw_side_by_side(*parts: Draw) -> None:
    for column, draw in zip(st.columns(len(parts)), parts, strict=True):
        with column:
            draw()


def _draw_network(run: Run | None) -> None:
    draw_network_picture(run, "live_network", _NETWORK_PX)


def _draw_view(draw: Callable[..., None], run: Run | None, recipe: Recipe) -> None:
    """Draw the task's view; a click on a sample shows the network's maps for it, while the run can be asked."""
    picks = are_images(recipe) and is_live(run) and is_mine(run)
    draw("view", _VIEW_PX, on_sample=partial(ask, run, "sample") if picks else None)


def _draw_boundary(draw: Callable[..., None]) -> None:
    overlay, name = earlier_boundary(chosen_run()) or (None, "")
    draw("view", _SQUARE_PX, overlay=overlay, overlay_name=name)
