"""Curves of a run as a page keeps them between refreshes: only new rows are read, and never too many kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.training.records.metrics import Steps, no_steps, read_extent, read_facts, read_steps
from explorer.training.records.step_means import StepMeans, bin_width, full_until, join_means, read_means

POINTS = 2_000


class CurveReader:
    """A reader of a run's `steps`: every `every`-th row, at most `points` of them; `refresh` adds new ones.

    last_step: the last step written, which need not be among them. means: over all rows. anew: how often everything was
    read from its start.

    >>> reader = CurveReader(Path("nowhere") / "metrics.db")
    >>> reader.refresh(), len(reader.steps)
    (False, 0)
    """

    def __init__(self, metrics_path: Path, points: int = POINTS) -> None:
        self.path, self.points, self.anew = metrics_path, points, 0
        self._start_anew(continued=0, width=1)

    def _start_anew(self, continued: int, width: int) -> None:
        self.every, self.last_step, self._continued = 1, 0, continued
        self.steps, self.means, self._averaged = no_steps(), StepMeans(width=width), 0
        self.anew += 1

    def refresh(self) -> bool:
        """Read what was written since the last refresh. Returns whether anything was; raises DamagedMetrics.

        A run that was resumed from an earlier step is read from its start: rows after that step have changed. So is one
        whose length changed, and its bins with it.
        """
        last, continued = read_extent(self.path)
        if last == self.last_step and continued == self._continued:
            return False
        facts = read_facts(self.path)
        if last < self.last_step or continued != self._continued or bin_width(facts) != self.means.width:
            self._start_anew(continued, bin_width(facts))
        self.every = spacing(last, self.points)
        new = read_steps(self.path, self.last_step, self.every)
        old = _select(self.steps, self.every)
        self.steps = _join(old, new) if len(old) else new
        self.last_step = last if not len(new) else max(last, int(new.step[-1]))
        self._average(full_until(last, self.means.width, facts))
        return True

    def _average(self, until: int) -> None:
        """Add the means of the bins that have become full."""
        self.means = join_means(self.means, read_means(self.path, self.means.width, self._averaged, until))
        self._averaged = until


def thinned(steps: Steps, points: int = POINTS) -> Steps:
    """Reduce all the rows of a run to those that a CurveReader keeps."""
    return _select(steps, spacing(int(steps.step.max(initial=0)), points))


def spacing(last: int, points: int = POINTS) -> int:
    """Return the least power of two such that every so many-th step up to the last is at most `points` rows."""
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
