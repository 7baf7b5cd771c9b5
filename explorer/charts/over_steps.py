"""Charts over steps, of loops of one's own whose epochs have no known length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from explorer.results import Curves
from explorer.training.records.run_numbers import HasNumbers, RunNumbers, read_numbers


def over_steps(chart: Callable[..., Curves]) -> Callable[..., Curves]:
    """Draw a chart over epochs over steps instead for a run that does not know how many steps an epoch has."""
    @wraps(chart)
    def drawn(run: HasNumbers, *args: Any, **options: Any) -> Curves:
        numbers = read_numbers(run)
        if numbers.knows_epochs:
            return chart(numbers, *args, **options)
        return replace(chart(_by_step(numbers), *args, **options), x_axis="step")
    return drawn


def _by_step(numbers: RunNumbers) -> RunNumbers:
    return replace(numbers, steps=replace(numbers.steps, epoch=numbers.steps.step.astype(float)),
                   epochs=tuple(replace(row, epoch=row.step) for row in numbers.epochs))
