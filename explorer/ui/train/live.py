"""Train's right side: a run as it trains, refreshed until it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from explorer import charts, tasks
from explorer.document import DocumentError
from explorer.formatting import format_bytes, format_percent
from explorer.recipe import Recipe
from explorer.results import Field2D, FittedLine, Predictions, Unavailable, Writing, name_classes
from explorer.tasks import Metric
from explorer.text import text
from explorer.training import Run, RunDeleted, Status
from explorer.training.analysis.live_view import MOST_UNITS, read_live_view, read_unit_maps
from explorer.training.records.curve_reader import CurveReader
from explorer.training.records.metrics import (
    LOSS,
    VALIDATION,
    DamagedMetrics,
    EpochRow,
    last_step,
    read_facts,
)
from explorer.training.records.run_numbers import RunNumbers, numbers_so_far
from explorer.training.runs import store
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.memo import remember
from explorer.ui.session.notices import draw_lasting_notice, draw_problem, guarded
from explorer.ui.train.guess import outcome_words
from explorer.ui.train.plane import draw_plane
from explorer.ui.train.plane_data import is_in_plane
from explorer.ui.train.queue import place_words
from explorer.ui.train.run_controls import BUTTONS, draw_controls, is_live, obey
from explorer.ui.widgets.components.clicks import draw_clicks
from explorer.ui.widgets.components.map_grid import MapRow, draw_map_grid
from explorer.ui.widgets.figure import draw_figure
from explorer.ui.widgets.picture import draw_image
from explorer.ui.widgets.writing import draw_writing

_REFRESH_S, SLOW_REFRESH_S = 0.5, 2.0  # each chart takes a browser some 50 ms: what changes slowly is drawn seldom
_LOW_CHART_PX = 170
_UNIT_PX = 72
_TERMS = (LOSS, "accuracy", "perplexity")  # the numbers that the glossary explains, by the same name
_ICONS = {store.WAITING: "○", store.TRAINING: "●", store.PAUSED: "❚❚", store.FINISHED: "✓", store.STOPPED: "■",
          store.DIVERGED: "✖", store.OUT_OF_MEMORY: "✖", store.CRASHED: "✖", store.INTERRUPTED: "⚠",
          store.NEWER: "⚠"}


def draw_run(run: Run) -> None:
    """Draw the run's state, controls and curves; refreshed until the run ends."""
    live = is_live(run)
    st.fragment(_draw_panel, run_every=_REFRESH_S if live else None)(run, live)
    st.fragment(_draw_learning_rate, run_every=SLOW_REFRESH_S if live else None)(run)


def _draw_panel(run: Run, was_live: bool) -> None:
    draw_clicks("steering_clicks", BUTTONS, run.id, obey)
    try:
        status, reader = run.status(), _reader(run)
        reader.refresh()
        numbers = numbers_so_far(run.recipe, reader)
    except RunDeleted:
        if was_live:
            st.rerun()  # the rest of the page, too: its form is free again
        draw_problem(_("This run's folder was deleted while this page was open. Other runs are not affected."))
        return
    except DamagedMetrics:
        draw_problem(_("This run's metrics file is damaged and cannot be read."))
        return
    if was_live != status.is_live:
        st.rerun()  # the rest of the page must learn that it has ended, or goes on: only then is this drawn by itself
    draw_lasting_notice()
    outcome = outcome_words(run, numbers.epochs, status.is_live) or meaning_words(run.recipe, numbers.epochs)
    _draw_state(run, status, numbers.facts, outcome)
    if is_in_plane(run.recipe):
        draw_plane(partial(_draw_unit_maps, run), partial(_draw_view, run), partial(_draw_curves, numbers))
        _draw_gradients(numbers)
    else:
        _draw_curves(numbers)
        gradients, view = st.columns(2)
        with gradients:
            _draw_gradients(numbers)
        with view:
            _draw_view(run)


def _reader(run: Run) -> CurveReader:
    """Return this session's reader of the run, kept between refreshes so that only new rows are read."""
    return remember(state.READER, run.id, lambda: CurveReader(run.metrics_path))


def _draw_state(run: Run, status: Status, facts: dict[str, Any], outcome: str) -> None:
    """Draw its state and controls; `outcome` is the result of a guess."""
    step = last_step(run.metrics_path)
    total = facts.get("total_steps", 0)
    color = {store.TRAINING: "green", store.FINISHED: "green"}.get(status.state, "gray" if status.is_live else "orange")
    words, buttons = st.columns([0.56, 0.44], vertical_alignment="center")
    words.markdown(f":{color}[**{_ICONS[status.state]} {_(status.state)}**]&ensp;{_numbers(status, step, facts, run)}")
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        draw_controls(run, status)
    st.progress(min(1.0, step / total) if total else 0.0, outcome or None)
    if status.reason:
        (st.info if status.state in (store.STOPPED, store.FINISHED) else st.warning)(_(status.reason))


def _numbers(status: Status, step: int, facts: dict[str, Any], run: Run) -> str:
    """Format its position and speed; or, at the end, what it reached."""
    if status.summary.get("test_loss") is not None:
        return _final_numbers(status.summary, run.recipe)
    if status.is_queued:
        return f":small[{place_words(run)}]"
    if not facts:
        return _("preparing …") if status.is_live else ""
    progress = facts.get("progress", {})
    per_s, batch = progress.get("examples_per_s", 0.0), run.recipe.batch_size
    parts = [_("epoch {epoch} of {epochs}", epoch=min(step // facts["batches_per_epoch"] + 1, run.recipe.epochs),
               epochs=run.recipe.epochs),
             _("step {step} of {total}", step=f"{step:,}", total=f"{facts['total_steps']:,}")]
    if per_s and status.state == store.TRAINING:
        left = (facts["total_steps"] - step) * batch / per_s
        rate = run.recipe.lr_at(step, facts["total_steps"], facts["batches_per_epoch"], facts.get("lr_changes", ()))
        parts += [_("learning rate {rate}", rate=f"{rate:.3g}"), _("{count} samples/s", count=f"{per_s:,.0f}"),
                  _("{count} steps/s", count=f"{per_s / batch:,.0f}"),
                  _("{memory} of memory", memory=format_bytes(progress.get("memory_bytes", 0))),
                  _("{time} left", time=_clock(left))]
    return f":small[{' · '.join(parts)}]"


def _final_numbers(summary: dict[str, Any], recipe: Recipe) -> str:
    parts = []
    for metric in tasks.of(recipe).metrics_of(recipe):
        value = _final_value(metric, summary)
        if value is not None:
            parts.append(_("test {metric} **{value}**", metric=_(metric.title).lower(), value=value))
    parts.append(_("test loss **{loss}**", loss=f"{summary['test_loss']:.4g}"))
    speed = f"{summary['examples_per_s']:,.0f}"
    parts.append(_("{count} samples/s on {device}", count=speed, device=summary["device"]))
    parts.append(_("{time} of training", time=_clock(summary["seconds"])))
    return f":small[{' · '.join(parts)}]"


def _final_value(metric: Metric, summary: dict[str, Any]) -> str | None:
    """Format a metric of the test part; None where it was not measured."""
    if metric.from_loss:
        return f"{metric.from_loss(summary['test_loss']):.2f}"
    measured = summary.get(f"test_{metric.name}")
    return None if measured is None else f"{measured:.4f}"


def meaning_words(recipe: Recipe, epochs: Sequence[EpochRow]) -> str:
    """Explain what the held-out loss means, for a task that has a sentence for it; empty where there is none yet."""
    measured = [loss for row in epochs if (loss := row.value(VALIDATION, LOSS)) is not None]
    explained = [metric for metric in tasks.of(recipe).metrics_of(recipe) if metric.meaning and metric.from_loss]
    if not explained or not measured:
        return ""
    return _(explained[0].meaning, value=f"{explained[0].from_loss(measured[-1]):.2f}")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def draw_waiting(recipe: Recipe) -> None:
    """Draw the empty charts before the first run, so that nothing jumps, or has to be fetched, when it starts."""
    st.info(_("Nothing has been trained yet. Press Train: the loss appears here within a second."))
    _draw_curves(RunNumbers(recipe))


def _draw_curves(numbers: RunNumbers) -> None:
    """Draw the loss and the task's metrics, in places fixed before the data come, then any other recorded number."""
    names = [LOSS, *(metric.name for metric in tasks.of(numbers.recipe).metrics_of(numbers.recipe))]
    others = [name for name in numbers.names if name not in names]
    for row in (names, *(others[i:i + 2] for i in range(0, len(others), 2))):
        for column, name in zip(st.columns(len(row)), row, strict=True):
            with column:
                draw_figure(charts.metric(numbers, name), f"number/{name}", name if name in _TERMS else None)


def _draw_gradients(numbers: RunNumbers) -> None:
    draw_figure(charts.gradient_norm(numbers), "gradients", "gradient_norm")


def _draw_view(run: Run) -> None:
    """Draw the network's predictions so far."""
    if (result := read_live_view(run.folder)) is not None:
        with guarded(text("The view of what the network has learned")):
            _VIEWS.get(type(result), _draw_figure)(result)


def _draw_figure(result: Any) -> None:
    draw_figure(result, "view", _VIEW_TERMS.get(type(result)))


def _draw_unavailable(result: Unavailable) -> None:
    draw_problem(result.sentence)


def _draw_unit_maps(run: Run) -> None:
    """Draw, for data in a plane, each hidden unit's value at every point of it, a row per layer."""
    if maps := read_unit_maps(run.folder):
        st.markdown(f"**{_('Hidden units')}**", help=hover("hidden_unit"))
        rows = [MapRow(grid, text("the first {count} units" if len(grid.values) == MOST_UNITS else "{count} units",
                                  count=len(grid.values))) for grid in maps]
        draw_map_grid(rows, key="unit_maps", cell_px=_UNIT_PX)


def _draw_learning_rate(run: Run) -> None:
    """Draw the learning rate of every step, in a low chart of its own."""
    try:
        numbers = RunNumbers(run.recipe, facts=read_facts(run.metrics_path), last_step=last_step(run.metrics_path))
    except (DocumentError, DamagedMetrics):
        return  # the panel says so
    draw_figure(charts.learning_rate(numbers), "learning_rate", "learning_rate", _LOW_CHART_PX)


def draw_predictions(result: Predictions) -> None:
    """Draw samples, each with its predicted class and probability; wrong ones are marked."""
    st.markdown(f"**{_(result.title)}**", help=hover("validation"))
    per_row = 6
    for start in range(0, len(result.entries), per_row):
        for column, entry in zip(st.columns(per_row), result.entries[start:start + per_row], strict=False):
            predicted = int(np.argmax(entry.probabilities))
            names = name_classes(result.class_names, len(entry.probabilities))
            right = predicted == entry.target
            with column:
                draw_image(entry.image)
            mark = f":green[✓ {plain(names[predicted])}]" if right else f":red[✖ {plain(names[predicted])}]"
            # a line for right ones, too, so that nothing jumps
            truth = "&nbsp;" if right else _("is {name}", name=plain(names[entry.target]))
            share = format_percent(entry.probabilities[predicted], whole=True)
            column.markdown(f"{mark} :small[:gray[{share}]]  \n:small[:gray[{truth}]]")


_VIEWS: dict[type, Callable[[Any], None]] = {
    Predictions: draw_predictions, Writing: draw_writing, Unavailable: _draw_unavailable}
_VIEW_TERMS = {Field2D: "decision_boundary", FittedLine: "regression"}  # of the glossary
