"""Curves of a run as a page keeps them between refreshes: only new rows are read, and never too many kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from explorer.training.records.metrics import (
    EpochRow,
    NotYet,
    Steps,
    find_epochs,
    find_facts,
    find_last_step,
    find_steps,
    no_steps,
    reading,
)
from explorer.training.records.step_means import StepMeans, bin_width, find_means, full_until, join_means, spacing

POINTS = 2_000


class CurveReader:
    """A reader of a run's numbers: `refresh` adds what is new, all of it as of one moment.

    steps: every `every`-th row, at most `points` of them. last_step: the last one written, which need not be among
    them. means: over all rows. rereads: how often everything was read from its start.

    >>> reader = CurveReader(Path("nowhere") / "metrics.db")
    >>> reader.refresh(), len(reader.steps)
    (False, 0)
    """

    def __init__(self, metrics_path: Path, points: int = POINTS) -> None:
        self.path, self.points, self.rereads = metrics_path, points, 0
        self._start_anew()

    def _start_anew(self, continued: int = 0, width: int = 1) -> None:
        self.every, self.last_step, self._continued = 1, 0, continued
        self.steps, self.means, self._averaged = no_steps(), StepMeans(width=width), 0
        self.epochs: tuple[EpochRow, ...] = ()
        self.facts: dict[str, Any] = {}
        self.rereads += 1

    def refresh(self) -> bool:
        """Read what was written since the last refresh. Returns whether anything was; raises DamagedMetrics.

        A run that was resumed from an earlier step is read from its start: rows after that step have changed. So is one
        whose length changed, and its bins with it.
        """
        try:
            with reading(self.path) as db:
                db.execute("BEGIN")  # what follows is of one moment, however fast the worker writes
                return self._read(db)
        except NotYet:
            if self.path.is_file() or not self.last_step:
                return False  # locked, or nothing in it yet
            self._start_anew()
            return True

    def _read(self, db: sqlite3.Connection) -> bool:
        last, facts = find_last_step(db), find_facts(db)
        continued, width = facts.get("continued", 0), bin_width(facts, last)
        if last < self.last_step or continued != self._continued or self._must_average_anew(last, width):
            self._start_anew(continued, width)
        epochs = find_epochs(db, self.epochs[-1].epoch if self.epochs else 0)
        if last == self.last_step and facts == self.facts and not epochs:
            return False
        self.facts, self.epochs = facts, (*self.epochs, *epochs)
        if last > self.last_step:
            self._add_steps(db, last, width)
        return True

    def _must_average_anew(self, last: int, width: int) -> bool:
        """Decide whether the bins are others now, or the last one, which ended with the run, is no longer the last."""
        outgrown = last > self._averaged and self._averaged % width != 0
        return self.last_step > 0 and (width != self.means.width or outgrown)

    def _add_steps(self, db: sqlite3.Connection, last: int, width: int) -> None:
        self.every = spacing(last, self.points)
        new, old = find_steps(db, self.last_step, self.every), _select(self.steps, self.every)
        self.steps, self.last_step = _join(old, new) if len(old) else new, last
        until = full_until(last, width, self.facts)
        old_means = self.means if self.means.width == width else StepMeans(width=width)
        self.means = join_means(old_means, find_means(db, width, self._averaged, until))
        self._averaged = until


def thinned(steps: Steps, points: int = POINTS) -> Steps:
    """Reduce all the rows of a run to those that a CurveReader keeps."""
    return _select(steps, spacing(int(steps.step.max(initial=0)), points))


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
