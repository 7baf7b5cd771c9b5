"""A run's curves as a page keeps them between refreshes: only new rows are read, and never too many kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.training.records.metrics import Steps, no_steps, read_extent, read_steps

POINTS = 2_000


class CurveReader:
    """`steps` are the run's rows, every `every`-th of them, at most `points`; `refresh` brings in what is new."""

    def __init__(self, metrics_path: Path, points: int = POINTS) -> None:
        self.path, self.points = metrics_path, points
        self._start_anew(continued=0)

    def _start_anew(self, continued: int) -> None:
        self.every, self._read_to, self._continued = 1, 0, continued
        self.steps = no_steps()

    def refresh(self) -> bool:
        """Read what was written since the last time; whether anything was. Raises DamagedMetrics.

        A run that was continued from an earlier step is read anew: rows behind that step are not what they were.
        """
        last, continued = read_extent(self.path)
        if last < self._read_to or continued != self._continued:
            self._start_anew(continued)
        elif last == self._read_to:
            return False
        while -(-last // self.every) > self.points:
            self.every *= 2
        kept = (self.steps.step - 1) % self.every == 0
        new = read_steps(self.path, self._read_to, self.every)
        old = _select(self.steps, kept)
        self.steps = _join(old, new) if len(old) else new
        self._read_to = last if not len(new) else max(last, int(new.step[-1]))
        return True


def _select(steps: Steps, kept: np.ndarray) -> Steps:
    return replace(steps, **{name: values[kept] for name, values in vars(steps).items()})


def _join(old: Steps, new: Steps) -> Steps:
    if not len(new):
        return old
    return Steps(*(np.concatenate([getattr(old, name), getattr(new, name)]) for name in vars(old)))
