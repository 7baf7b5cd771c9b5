"""Train's section on the layers of a run over time: activations, updates, weights and gradients.

What is chosen stands outside of what refreshes by itself: Streamlit forgets a click on what it draws again.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer import charts
from explorer.charts import layer_plots as plots
from explorer.document import DocumentError
from explorer.formatting import format_percent
from explorer.results import Curves
from explorer.training import Run, RunDeleted
from explorer.training.records.layer_statistics import (
    GRADIENTS,
    WEIGHTS,
    LayerStatistics,
    no_samples,
    read_layer_statistics,
)
from explorer.training.records.metrics import DamagedMetrics, read_facts
from explorer.training.records.run_numbers import RunNumbers, recipe_of
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session.fields import empty, typed
from explorer.ui.train.run_controls import is_live
from explorer.ui.widgets.figure import draw_figure

_QUANTITY_PX, _HISTOGRAM_PX = 300, 250
_REFRESH_S = 5.0  # each figure takes a browser some 100 ms
_LATEST = 0  # the end of the slider


def draw_inside(run: Run) -> None:
    """Draw what full recording measured; of a run without it, how to get it."""
    try:
        recipe, live = recipe_of(run), is_live(run)
        is_full = recipe is None or recipe.instruments == "full"
        statistics = read_layer_statistics(run.metrics_path)
        layers = read_facts(run.metrics_path).get("weighted_layers", [])
    except (RunDeleted, DocumentError, DamagedMetrics):
        return  # the page shows why
    st.markdown(f"#### {_('Layer statistics over time')}", help=hover("instruments"))
    if is_full or len(statistics):
        st.fragment(_draw_section)(run, layers, live)
        return
    st.caption(_("This run was trained with basic recording. To see the statistics of every layer over time, choose "
                 "Recording: Full under All settings before you press Train, or in a fork of this run."))


def _draw_section(run: Run, layers: list[str], live: bool) -> None:
    """Draw the choices, and below them the charts; `layers` are those with weights, none before the worker names them.
    """
    refresh_s = _REFRESH_S if live else None
    names = [*plots.QUANTITIES, *(name for name in _read(run).names if name not in plots.QUANTITIES)]
    chosen = st.segmented_control(_("Quantity"), names, default=names[0], key=f"inside/quantity/{run.id}",
                                  format_func=lambda name: _(plots.describe_quantity(name).short),
                                  label_visibility="collapsed")
    st.fragment(_draw_quantity, run_every=refresh_s)(run, plots.describe_quantity(chosen or names[0]), layers)
    if not layers:
        return
    left, right = st.columns([0.25, 0.75], gap="medium", vertical_alignment="bottom")
    layer = left.selectbox(_("Layer"), layers, key=f"inside/layer/{run.id}")
    with right:
        step = _draw_step_choice(run)
    st.fragment(_draw_layer, run_every=refresh_s)(run, layer, step)


def _draw_step_choice(run: Run) -> int:
    """Draw the choice of a step recorded by now, or _LATEST, which follows a run that trains."""
    key, steps = f"inside/step/{run.id}", [*_read(run).step.tolist(), _LATEST]
    if typed(key, _LATEST) not in steps:  # the run was continued from an earlier step
        empty(key)
    return st.select_slider(_("Step"), steps, value=_LATEST, key=key,
                            format_func=lambda step: f"{step:,}" if step else _("latest"))


def _read(run: Run) -> LayerStatistics:
    """Read the layer statistics; empty ones where nothing can be read: the panel shows why."""
    try:
        return read_layer_statistics(run.metrics_path)
    except DamagedMetrics:
        return no_samples()


def _draw_quantity(run: Run, quantity: plots.Quantity, known: list[str]) -> None:
    """Draw one quantity of all layers over the steps, its explanation, and the cost of recording."""
    try:
        numbers = RunNumbers(recipe_of(run), facts=read_facts(run.metrics_path), metrics_path=run.metrics_path)
        inside, facts = numbers.layer_statistics, numbers.facts
    except DamagedMetrics:
        return
    if facts.get("weighted_layers", []) != known:
        st.rerun()  # now there are layers to choose from
    result = charts.layer_statistics(numbers, quantity.name)
    if isinstance(result, Curves) and not result.curves:
        st.info(_(result.note or "Waiting for the first step"))
        return
    draw_figure(result, f"inside/{quantity.name}", quantity.term, _QUANTITY_PX)
    st.markdown(plain(_(plots.latest_sentence(numbers, quantity.name)), 400))
    _draw_cost(inside, facts.get("progress", {}))


def _draw_cost(statistics: LayerStatistics, progress: dict[str, Any]) -> None:
    """Draw how many steps were sampled, and the share of the time that took."""
    seconds, spent = progress.get("train_seconds", 0.0), progress.get("sampling_seconds", 0.0)
    share = format_percent(round(spent / seconds, 3) if seconds else 0.0)
    st.caption(_("Steps recorded: {count}, the last one is step {step}. Recording took {share} of the training "
                 "time.", count=f"{len(statistics):,}", step=f"{statistics.step[-1]:,}", share=share))


def _draw_layer(run: Run, layer: str, step: int) -> None:
    """Draw weights and gradients of a layer: at one step, and over all of them."""
    try:
        numbers = RunNumbers(recipe_of(run), metrics_path=run.metrics_path)
        found = {what: numbers.histograms(layer, what) for what in (WEIGHTS, GRADIENTS)}
    except DamagedMetrics:
        return
    for column, what in zip(st.columns(2, gap="medium"), found, strict=True):
        with column:
            if not found[what]:
                st.info(_("Waiting for the first step"))
                continue
            draw_figure(charts.histogram(numbers, layer, what, step or None), f"inside/histogram/{what}",
                        "histogram", _HISTOGRAM_PX)
            draw_figure(charts.distribution(numbers, layer, what), f"inside/distribution/{what}", "histogram",
                        _HISTOGRAM_PX)
