"""Means of a run's numbers over fixed bins of steps: what a chart draws strong over the noise of single steps.

A bin is as wide as the run's length asks for, which is known before its first step; only in a loop of one's own whose
length nobody knows do bins double as it grows. A mean is over all rows of its bin, also where a chart thins them, and
never changes once the bin is full. It lies at its bin's middle step: at the last one it would lag behind the curve.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from explorer.training.records.metrics import (
    STEP_COLUMNS,
    NotYet,
    NumbersByName,
    find_scalar_names,
    reading,
)

_USUAL_BINS, _MOST_BINS, _BINS_OF_UNKNOWN = 100, 1_000, 200


@dataclass(frozen=True)
class StepMeans(NumbersByName):
    """Means over the full bins of `width` steps: step (a bin's middle), and each of the scalars: (bin,).

    NaN where no step of a bin has a number.
    """

    step: np.ndarray = field(default_factory=lambda: np.zeros(0))
    scalars: Mapping[str, np.ndarray] = field(default_factory=dict)
    width: int = 1


def bin_width(facts: Mapping[str, Any], last: int = 0) -> int:
    """Return the steps of a bin: a hundredth of the run, at most an epoch, and more only in very long runs.

    Where nobody knows how long the run will be, or it went on for longer than was said, a bin is as wide as it must be
    for 200 of them to hold the `last` step, and doubles as the run grows.

    >>> bin_width({"total_steps": 410, "batches_per_epoch": 41})
    5
    """
    total, per_epoch = int(facts.get("total_steps") or 0), int(facts.get("batches_per_epoch") or 0)
    if not total or last > total:
        return spacing(last, _BINS_OF_UNKNOWN)
    usual = -(-total // _USUAL_BINS)
    return max(1, min(usual, per_epoch or usual), -(-total // _MOST_BINS))


def spacing(last: int, points: int) -> int:
    """Return the least power of two such that every so many-th step up to the last is at most `points` of them."""
    every = 1
    while -(-last // every) > points:
        every *= 2
    return every


def full_until(last: int, width: int, facts: Mapping[str, Any]) -> int:
    """Return the last step of the last full bin; the run's last bin, which may be narrower, is full at its end."""
    return last if last and last == facts.get("total_steps") else last // width * width


def _middles(bins: np.ndarray, width: int, until: int) -> np.ndarray:
    """Compute the middle step of each bin; its steps are bin * width + 1 to (bin + 1) * width, or the run's last."""
    return (bins * width + 1 + np.minimum((bins + 1) * width, until)) / 2


def read_means(path: Path, width: int, after: int, until: int) -> StepMeans:
    """Average the rows of the steps after `after` up to `until`, both of them ends of bins. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return find_means(db, width, after, until)
    except NotYet:
        return StepMeans(width=width)


def find_means(db: sqlite3.Connection, width: int, after: int, until: int) -> StepMeans:
    """Average rows of steps in an open database, as `read_means` does."""
    if until <= after:
        return StepMeans(width=width)
    where = {"width": width, "after": after, "until": until}
    bins, *columns = _columns(db.execute(
        f"SELECT (step - 1) / :width, {', '.join(f'AVG({name})' for name in STEP_COLUMNS)} FROM steps "
        "WHERE step > :after AND step <= :until GROUP BY 1 ORDER BY 1", where), 1 + len(STEP_COLUMNS))
    means = dict(zip(STEP_COLUMNS, columns, strict=True))
    for name in find_scalar_names(db):
        by_bin = dict(db.execute(
            "SELECT (step - 1) / :width, AVG(value) FROM scalars WHERE name = :name AND step > :after "
            "AND step <= :until GROUP BY 1", {**where, "name": name}).fetchall())
        means[name] = np.array([by_bin.get(int(place)) for place in bins], dtype=float)
    return StepMeans(_middles(bins, width, until), means, width)


def _columns(rows: sqlite3.Cursor, count: int) -> list[np.ndarray]:
    found = rows.fetchall()
    return [np.array(column, dtype=float) for column in zip(*found, strict=True)] if found else [np.zeros(0)] * count


def join_means(old: StepMeans, new: StepMeans) -> StepMeans:
    """Append later bins of the same width."""
    if not len(new):
        return old
    scalars = {name: np.concatenate([old.of(name), new.of(name)]) for name in {**old.scalars, **new.scalars}}
    return StepMeans(np.concatenate([old.step, new.step]), scalars, new.width)
