"""A run's numbers in SQLite: written by the worker, read by anybody beside it.

While the run lasts the database is in WAL mode, so that readers never wait; when it ends it becomes one
plain file that can be read from a read-only folder, too.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.training.instruments import StepRows

_SCHEMA = """
CREATE TABLE IF NOT EXISTS steps (step INTEGER PRIMARY KEY, epoch REAL, loss REAL, accuracy REAL, gradient_norm BLOB);
CREATE TABLE IF NOT EXISTS epochs (epoch INTEGER PRIMARY KEY, step INTEGER, train_loss REAL, train_accuracy REAL,
    validation_loss REAL, validation_accuracy REAL, test_loss REAL, test_accuracy REAL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""


@dataclass(frozen=True)
class EpochRow:
    """One epoch's end. train_* are running means over the epoch; None where there is nothing to measure."""

    epoch: int
    step: int
    train_loss: float | None
    train_accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None = None
    test_accuracy: float | None = None


class MetricsWriter:
    """The one writer of a run's database."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def add_steps(self, rows: StepRows, batches_per_epoch: int) -> None:
        """Steps of one flush, in one transaction. NaN becomes NULL, since SQLite has none."""
        packed = rows.gradient_norm.astype(np.float32)
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?)", (
                (int(step), step / batches_per_epoch, _number(loss), _number(accuracy), norms.tobytes())
                for step, loss, accuracy, norms in zip(rows.step, rows.loss, rows.accuracy, packed, strict=True)))

    def add_epoch(self, row: EpochRow) -> None:
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                             (row.epoch, row.step, *(_number(v) for v in (
                                 row.train_loss, row.train_accuracy, row.validation_loss, row.validation_accuracy,
                                 row.test_loss, row.test_accuracy))))

    def set_facts(self, **facts: Any) -> None:
        """Remember single values by name, as JSON."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)",
                                 ((name, json.dumps(value)) for name, value in facts.items()))

    def forget_after(self, step: int) -> None:
        """Drop what lies behind a step, before training is continued from there."""
        with self._db:
            self._db.execute("DELETE FROM steps WHERE step > ?", (step,))
            self._db.execute("DELETE FROM epochs WHERE step > ?", (step,))

    def close(self) -> None:
        """Fold the log into the file, so that the run is one plain database."""
        self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.close()


@dataclass(frozen=True)
class Steps:
    """Step rows as arrays: step, epoch, loss, accuracy: (n,); gradient_norm: (n, layer). NaN where NULL."""

    step: np.ndarray
    epoch: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    gradient_norm: np.ndarray

    def __len__(self) -> int:
        return len(self.step)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)
    try:
        yield connection
    finally:
        connection.close()


def read_steps(path: Path, after: int = 0, every: int = 1) -> Steps:
    """Rows behind step `after` whose step is a multiple of `every`. Raises sqlite3.Error."""
    with _reading(path) as db:
        rows = db.execute("SELECT step, epoch, loss, accuracy, gradient_norm FROM steps WHERE step > ? AND step % ? = 0 "
                          "ORDER BY step", (after, every)).fetchall()
    step, epoch, loss, accuracy = (np.array([row[i] for row in rows], dtype=float) for i in range(4))
    norms = [np.frombuffer(row[4], dtype=np.float32) for row in rows]
    return Steps(step.astype(int), epoch, loss, accuracy, np.stack(norms) if norms else np.zeros((0, 0), np.float32))


def last_step(path: Path) -> int:
    """The last step written, 0 before the first. Raises sqlite3.Error."""
    with _reading(path) as db:
        return db.execute("SELECT MAX(step) FROM steps").fetchone()[0] or 0


def read_epochs(path: Path) -> list[EpochRow]:
    """All epochs so far. Raises sqlite3.Error."""
    with _reading(path) as db:
        return [EpochRow(*row) for row in db.execute("SELECT * FROM epochs ORDER BY epoch")]


def read_facts(path: Path) -> dict[str, Any]:
    """Single values by name. Raises sqlite3.Error."""
    with _reading(path) as db:
        return {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM facts")}


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
