"""Charts of a run as arrays: a row per chart, a column per step, bin or epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer import charts, tasks
from explorer.charts.learning_rates import LEARNING_RATE
from explorer.live.message import Translate
from explorer.results import Curves
from explorer.training.records.metrics import LOSS, TEST, VALIDATION
from explorer.training.records.run_numbers import RunNumbers

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Lines:
    """Charts by name, and what they draw. raw: (chart, step), means: (chart, bin), validation, test: (chart, epoch).

    float32, NaN where there is nothing to draw.
    """

    charts: dict[str, Curves]
    raw: np.ndarray
    means: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def chart_names(numbers: RunNumbers) -> list[str]:
    """List the charts of a run: the loss, the task's metrics, then every other recorded number.

    Of somebody's own loop, what was logged; before its first step, the loss.
    """
    if numbers.recipe is None:
        return sorted(_logged(numbers), key=lambda name: (name != LOSS, name != "accuracy", name))
    known = [LOSS, *(metric.name for metric in tasks.of(numbers.recipe).metrics_of(numbers.recipe))]
    return [*known, *(name for name in numbers.names if name not in known)]


def _logged(numbers: RunNumbers) -> list[str]:
    has_loss = np.isfinite(numbers.steps.loss).any() or any(LOSS in values for row in numbers.epochs
                                                            for values in row.values.values())
    others = [name for name in numbers.names if name not in (LOSS, LEARNING_RATE)]  # the rate has a chart of its own
    return others if others and not has_loss else [LOSS, *others]


def draw_lines(numbers: RunNumbers) -> Lines:
    """Draw every chart of a run."""
    drawn = {name: charts.metric(numbers, name) for name in chart_names(numbers)}
    steps, bins = len(numbers.steps), len(numbers.means)
    epochs = [row.epoch if numbers.knows_epochs else row.step for row in numbers.epochs]  # as the charts have them
    each = drawn.values()
    return Lines(drawn, _stack(each, "training", True, steps), _stack(each, "training", False, bins),
                 _at_epochs(each, VALIDATION, epochs), _at_epochs(each, TEST, epochs))


def _stack(drawn: Sequence[Curves], role: str, raw: bool, count: int) -> np.ndarray:
    """Collect one line of each chart; a chart without it has none, and so has a line that is not of these points."""
    rows = [next((curve.y for curve in chart.curves if (curve.role, curve.raw, len(curve.y)) == (role, raw, count)),
                 np.full(count, np.nan)) for chart in drawn]
    return _as_float32(rows, count)


def _at_epochs(drawn: Sequence[Curves], role: str, epochs: list[int]) -> np.ndarray:
    rows = []
    for chart in drawn:
        found = {x: y for curve in chart.curves if curve.role == role
                 for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True)}
        rows.append([found.get(epoch, np.nan) for epoch in epochs])
    return _as_float32(rows, len(epochs))


def _as_float32(rows: list[Any], count: int) -> np.ndarray:
    """Stack the rows; what float32 cannot hold becomes the largest that it can."""
    return np.clip(np.array(rows, dtype=float).reshape(len(rows), count), -_LARGEST, _LARGEST).astype(np.float32)


def describe_chart(name: str, chart: Curves, translate: Translate) -> dict[str, Any]:
    """Describe a chart's frame as JSON: titles in words, what its lines are, limits and reference lines."""
    y_axis = translate(chart.y_axis)
    return {
        "name": name, "title": translate(chart.title), "drawn": translate(chart.drawn) if chart.drawn else "",
        "y_axis": f"{y_axis} ({translate(chart.unit)})" if chart.unit else y_axis, "log": chart.log_y,
        "range": list(chart.y_range) if chart.y_range else None, "note": translate(chart.note) if chart.note else "",
        "references": [{"name": translate(line.name), "y": line.y} for line in chart.references
                       if np.isfinite(line.y)],
    }
