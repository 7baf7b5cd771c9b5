"""Curves of a run as a page keeps them between refreshes: only new rows are read, and never too many kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.training.records.metrics import Steps, no_steps, read_extent, read_steps

POINTS = 2_000


class CurveReader:
    """A reader of a run's `steps`: every `every`-th row, at most `points` of them; `refresh` adds new ones.

    last_step: the last step written, which need not be among them.

    >>> reader = CurveReader(Path("nowhere") / "metrics.db")
    >>> reader.refresh(), len(reader.steps)
    (False, 0)
    """

    def __init__(self, metrics_path: Path, points: int = POINTS) -> None:
        self.path, self.points = metrics_path, points
        self._start_anew(continued=0)

    def _start_anew(self, continued: int) -> None:
        self.every, self.last_step, self._continued = 1, 0, continued
        self.steps = no_steps()

    def refresh(self) -> bool:
        """Read what was written since the last refresh. Returns whether anything was; raises DamagedMetrics.

        A run that was resumed from an earlier step is read from its start: rows after that step have changed.
        """
        last, continued = read_extent(self.path)
        if last < self.last_step or continued != self._continued:
            self._start_anew(continued)
        elif last == self.last_step:
            return False
        self.every = _every(last, self.points)
        new = read_steps(self.path, self.last_step, self.every)
        old = _select(self.steps, self.every)
        self.steps = _join(old, new) if len(old) else new
        self.last_step = last if not len(new) else max(last, int(new.step[-1]))
        return True


def thinned(steps: Steps, points: int = POINTS) -> Steps:
    """Reduce all the rows of a run to those that a CurveReader keeps."""
    return _select(steps, _every(int(steps.step.max(initial=0)), points))


def _every(last: int, points: int) -> int:
    """Return the least power of two so that every so many-th step up to the last is at most `points` rows."""
    every = 1
    while -(-last // every) > points:
        every *= 2
    return every


def _select(steps: Steps, every: int) -> Steps:
    kept = (steps.step - 1) % every == 0
    return Steps(steps.step[kept], steps.epoch[kept], {name: values[kept] for name, values in steps.scalars.items()},
                 steps.gradient_norm[kept])


def _join(old: Steps, new: Steps) -> Steps:
    if not len(new):
        return old
    scalars = {name: np.concatenate([old.of(name), new.of(name)]) for name in {**old.scalars, **new.scalars}}
    return Steps(np.concatenate([old.step, new.step]), np.concatenate([old.epoch, new.epoch]), scalars,
                 np.concatenate([old.gradient_norm, new.gradient_norm]))
