"""Moments of training as the browser shows them beside the step; they need no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from explorer.training import Run
from explorer.training.records.checkpoints import damaged_steps
from explorer.training.records.metrics import DamagedMetrics
from explorer.training.records.step_moments import StepMoments, read_moments

_DIGITS = 5


def moments_of(run: Run, steps: Sequence[int]) -> dict[str, Any]:
    """Return epoch, losses and accuracy of each kept step, None where they are unknown, and the damaged steps."""
    try:
        found = _plain(read_moments(run.metrics_path, steps))
    except DamagedMetrics:
        found = {"step": list(steps)}
    return {**found, "damaged": damaged_steps(run.frames_folder, steps)}


def _plain(moments: StepMoments) -> dict[str, list[float | None]]:
    return {field.name: [_number(value) for value in getattr(moments, field.name).tolist()]
            for field in fields(moments)}


def _number(value: float) -> float | int | None:
    if isinstance(value, int):
        return value
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
