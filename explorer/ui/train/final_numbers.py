"""The numbers that a finished run has reached, in one line."""

from __future__ import annotations

from typing import Any

from explorer import tasks
from explorer.formatting import format_duration
from explorer.recipe import Recipe
from explorer.tasks import Metric
from explorer.ui.language import _


def final_words(recipe: Recipe, summary: dict[str, Any]) -> str:
    """Format what a run has reached on the test part, how fast and where; empty where that was not measured."""
    if summary.get("test_loss") is None:
        return ""
    parts = []
    for metric in tasks.of(recipe).metrics_of(recipe):
        value = _final_value(metric, summary)
        if value is not None:
            parts.append(_("test {metric} **{value}**", metric=_(metric.title).lower(), value=value))
    parts.append(_("test loss **{loss}**", loss=f"{summary['test_loss']:.4g}"))
    speed = f"{summary['examples_per_s']:,.0f}"
    parts.append(_("{count} samples/s on {device}", count=speed, device=summary["device"]))
    parts.append(_("{time} of training", time=format_duration(summary["seconds"])))
    return " · ".join(parts)


def _final_value(metric: Metric, summary: dict[str, Any]) -> str | None:
    """Format a metric of the test part; None where it was not measured."""
    if metric.from_loss:
        return f"{metric.from_loss(summary['test_loss']):.2f}"
    measured = summary.get(f"test_{metric.name}")
    return None if measured is None else f"{measured:.4f}"
