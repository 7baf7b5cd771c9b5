"""Train's view of a run that somebody's own training loop fills, and the list of such runs."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import streamlit as st

from explorer import charts
from explorer.charts.learning_rates import LEARNING_RATE
from explorer.formatting import format_bytes, format_duration
from explorer.results import Curves
from explorer.training import CurveReader, Run, RunDeleted, RunStore, Status
from explorer.training.records.metrics import LOSS, DamagedMetrics
from explorer.training.records.run_numbers import RunNumbers, numbers_so_far
from explorer.training.runs import store
from explorer.training.runs.recording import Recording, is_recording
from explorer.ui.data.run_picker import describe_run
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.memo import remember
from explorer.ui.session.notices import draw_problem
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run
from explorer.ui.train.layer_statistics import draw_inside
from explorer.ui.train.live import SLOW_REFRESH_S
from explorer.ui.train.run_controls import is_live
from explorer.ui.widgets.figure import draw_figure

_LISTED = 12
_TERMS = (LOSS, "accuracy", LEARNING_RATE)  # the numbers that the glossary explains, by the same name
_MARKS = {store.TRAINING: ("green", "●"), store.FINISHED: ("green", "✓"), store.STOPPED: ("orange", "■"),
          store.CRASHED: ("orange", "✖")}
_EXAMPLE = """import explorer

with explorer.record(model, name="my loop") as run:
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        run.log(loss=loss)"""


def draw_own_loop(run: Run) -> None:
    """Draw a recording: its name, why nothing steers it here, its numbers, and the statistics of its layers."""
    live = is_live(run)
    name, close = st.columns([0.85, 0.15], vertical_alignment="center")
    name.markdown(f"#### {plain(run.recording.name, 120)}")
    with close.container(horizontal=True, horizontal_alignment="right"):
        st.button(_("Close"), key="close_own_loop", icon=":material/close:", on_click=_close,
                  help=_("Stops showing this recording; it goes on, and its run is kept."))
    st.caption(_("Recorded from a training loop of your own: that program starts and stops it, so there is nothing to "
                 "steer here. Its numbers are kept, its weights are not."))
    st.fragment(_draw_panel, run_every=SLOW_REFRESH_S if live else None)(run, live)
    draw_inside(run)


def _close() -> None:
    show_run(None)
    st.query_params.pop(state.RUN_PARAMETER, None)


def _draw_panel(run: Run, was_live: bool) -> None:
    try:
        status, reader = run.status(), remember(state.READER, run.id, lambda: CurveReader(run.metrics_path))
        reader.refresh()
        numbers = numbers_so_far(None, reader)
    except RunDeleted:
        if was_live:
            st.rerun()
        draw_problem(_("This run's folder was deleted while this page was open. Other runs are not affected."))
        return
    except DamagedMetrics:
        draw_problem(_("This run's metrics file is damaged and cannot be read."))
        return
    if was_live != status.is_live:
        st.rerun()  # the rest of the page must learn that it has ended
    _draw_state(run.recording, status, numbers)
    _draw_numbers(numbers)


def _draw_state(recording: Recording, status: Status, numbers: RunNumbers) -> None:
    color, mark = _MARKS.get(status.state, ("orange", "⚠"))
    words = " · ".join(_position(recording, status, numbers))
    st.markdown(f":{color}[**{mark} {_(status.state)}**]&ensp;:small[{words}]")
    if total := recording.total_steps:
        st.progress(min(1.0, numbers.last_step / total))
    if status.reason:
        st.warning(_(status.reason))
    if numbers.facts.get("is_compiled"):
        st.caption(_("The model is compiled, so what its layers put out is not recorded; gradients, weights and "
                     "updates are."))


def _position(recording: Recording, status: Status, numbers: RunNumbers) -> list[str]:
    """Describe how far the loop is, how fast, and how long it takes."""
    progress: dict[str, Any] = numbers.facts.get("progress", {})
    step, per_s = numbers.last_step, progress.get("steps_per_s", 0.0)
    of_steps = _("step {step} of {total}", step=f"{step:,}", total=f"{recording.total_steps:,}")
    parts = [of_steps if recording.total_steps else _("step {step}", step=f"{step:,}")]
    if recording.epochs:
        begun = min(_epochs_ended(recording, numbers) + 1, recording.epochs)
        parts.insert(0, _("epoch {epoch} of {epochs}", epoch=begun, epochs=recording.epochs))
    if status.is_live and per_s:
        parts += [_("{count} steps/s", count=f"{per_s:,.1f}" if per_s < 10 else f"{per_s:,.0f}"),
                  _("{memory} of memory", memory=format_bytes(progress.get("memory_bytes", 0)))]
        if recording.total_steps > step:
            parts.append(_("{time} left", time=format_duration((recording.total_steps - step) / per_s)))
    elif "train_seconds" in progress:
        parts.append(_("{time} of training", time=format_duration(progress["train_seconds"])))
    return parts


def _epochs_ended(recording: Recording, numbers: RunNumbers) -> int:
    if recording.steps_per_epoch:
        return numbers.last_step // recording.steps_per_epoch
    return numbers.epochs[-1].epoch if numbers.epochs else 0


def _draw_numbers(numbers: RunNumbers) -> None:
    """Draw every number that was logged, the loss and the accuracy first, then the gradient norms: two in a row."""
    names = sorted(_logged(numbers), key=lambda name: (name != LOSS, name != "accuracy", name))
    drawn = [(_chart(numbers, name), f"number/{name}", name if name in _TERMS else None) for name in names]
    if numbers.facts.get("layers"):
        drawn.append((charts.gradient_norm(numbers), "gradients", "gradient_norm"))
    for start in range(0, len(drawn), 2):
        for column, (chart, key, term) in zip(st.columns(2), drawn[start:start + 2], strict=False):
            with column:
                draw_figure(chart, key, term)


def _chart(numbers: RunNumbers, name: str) -> Curves:
    return charts.learning_rate(numbers) if name == LEARNING_RATE else charts.metric(numbers, name)


def _logged(numbers: RunNumbers) -> list[str]:
    """List the numbers there are; before the first step, the loss."""
    has_loss = np.isfinite(numbers.steps.loss).any() or any(LOSS in values for row in numbers.epochs
                                                            for values in row.values.values())
    others = [name for name in numbers.names if name != LOSS]
    return others if others and not has_loss else [LOSS, *others]


def draw_own_loops() -> None:
    """Draw a popover with the recordings of one's own loops; one without any has the lines that make one."""
    place = st.popover(_("Your own loops"), key="own_loops", icon=":material/code:", on_change="rerun",
                       help=_("Runs recorded from training loops of your own."))
    if place.open:
        with place:
            draw_list()


def draw_list() -> None:
    """List the latest recordings, each with a button that shows it, and the lines that make one."""
    runs = list(islice((run for run in RunStore().list(owner()) if is_recording(run.folder)), _LISTED))
    for run in runs:
        if words := describe_run(run, with_state=True):
            st.button(plain(words, 120), key=f"own_loop/{run.id}", on_click=show_run, args=(run,), type="tertiary")
    st.caption(_("Any PyTorch loop can be watched here, in a program started from this folder:") if not runs else
               _("To record another one:"))
    st.code(_EXAMPLE, language="python")
