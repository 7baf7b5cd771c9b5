"""Moments of a training: the epoch and the loss at some of its steps, from what was recorded nearest to each."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.training.records.metrics import NotYet, reading


@dataclass(frozen=True)
class StepMoments:
    """The moments of some steps: all (step,), NaN where nothing was recorded by then.

    epoch: a fraction. loss: of the training part, of the batch nearest to the step. validation_loss and
    validation_accuracy: of the last epoch that ended by then.
    """

    step: np.ndarray
    epoch: np.ndarray
    loss: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray


def read_moments(path: Path, steps: Sequence[int]) -> StepMoments:
    """Read the moments of steps. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            rows = [(*_batch_at(db, step), *_epoch_at(db, step)) for step in steps]
    except NotYet:
        rows = [(None,) * 4 for _step in steps]
    columns = np.array(rows, dtype=float).reshape(len(rows), 4).T
    return StepMoments(np.array(steps, dtype=int), *columns)


def _batch_at(db: sqlite3.Connection, step: int) -> tuple[float | None, float | None]:
    """Return epoch and loss of the last batch by a step; before the first one, its loss: it had changed nothing yet."""
    found = db.execute("SELECT epoch, loss FROM steps WHERE step <= ? ORDER BY step DESC LIMIT 1", (step,)).fetchone()
    if found:
        return found
    first = db.execute("SELECT loss FROM steps ORDER BY step LIMIT 1").fetchone()
    return 0.0, first and first[0]


def _epoch_at(db: sqlite3.Connection, step: int) -> tuple[float | None, float | None]:
    found = db.execute("SELECT validation_loss, validation_accuracy FROM epochs WHERE step <= ? ORDER BY step DESC "
                       "LIMIT 1", (step,)).fetchone()
    return found or (None, None)
