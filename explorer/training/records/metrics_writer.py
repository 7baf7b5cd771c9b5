"""The writer of a run's numbers: one per run, beside any number of readers.

While the run lasts the database is in WAL mode, so that readers never wait; when it ends it becomes one
plain file that can be read from a read-only folder, too.
"""

from __future__ import annotations

import json
import logging
import math
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from explorer.training.records.metrics import EPOCH_COLUMNS, STEP_COLUMNS, EpochRow, StepRows, find_epochs, find_fact

_SCHEMA = """
CREATE TABLE IF NOT EXISTS steps (step INTEGER PRIMARY KEY, epoch REAL, loss REAL, accuracy REAL, gradient_norm BLOB);
CREATE TABLE IF NOT EXISTS scalars (name TEXT, step INTEGER, value REAL, PRIMARY KEY (name, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epochs (epoch INTEGER PRIMARY KEY, step INTEGER, train_loss REAL, train_accuracy REAL,
    validation_loss REAL, validation_accuracy REAL, test_loss REAL, test_accuracy REAL);
CREATE TABLE IF NOT EXISTS epoch_values (epoch INTEGER, part TEXT, name TEXT, step INTEGER, value REAL,
    PRIMARY KEY (epoch, part, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS samples (step INTEGER PRIMARY KEY, layer_values BLOB);
CREATE TABLE IF NOT EXISTS layer_values (step INTEGER, quantity TEXT, by_layer BLOB, PRIMARY KEY (step, quantity))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS histograms (layer TEXT, what TEXT, step INTEGER, bound REAL, counts BLOB,
    PRIMARY KEY (layer, what, step)) WITHOUT ROWID;
"""
_BY_STEP = ("steps", "scalars", "epochs", "epoch_values", "samples", "layer_values", "histograms")
CLOSE_PATIENCE_S = 3

log = logging.getLogger(__name__)


class MetricsWriter:
    """The one writer of a run's database. Everything it does may raise sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=10)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def add_steps(self, rows: StepRows, batches_per_epoch: int | None) -> None:
        """Write the steps of one flush, in one transaction. NaN becomes NULL, since SQLite has none.

        batches_per_epoch: None where it is not known how long an epoch is; the steps then have no epoch.
        """
        step, packed = rows.step.tolist(), rows.gradient_norm.astype(np.float32)
        columns = (_numbers(rows.of(name)) for name in STEP_COLUMNS)
        epochs = [None] * len(step) if batches_per_epoch is None else (rows.step / batches_per_epoch).tolist()
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?)",
                                 zip(step, epochs, *columns, (norms.tobytes() for norms in packed), strict=True))
            for name in rows.scalars.keys() - set(STEP_COLUMNS):
                self._insert_scalars(name, step, rows.scalars[name])

    def add_scalars(self, name: str, step: np.ndarray, values: np.ndarray) -> None:
        """Write a number that only some steps have, these: (n,). It has no column of its own."""
        with self._db:
            self._insert_scalars(name, step.tolist(), values)

    def _insert_scalars(self, name: str, step: list[int], values: np.ndarray) -> None:
        self._db.executemany("INSERT OR REPLACE INTO scalars VALUES (?, ?, ?)", (
            (name, *pair) for pair in zip(step, _numbers(values), strict=True)))

    def add_epoch(self, row: EpochRow) -> None:
        """Write what was measured at an epoch's end."""
        columns = (_number(row.value(part, name)) for part, name in EPOCH_COLUMNS)
        others = [(row.epoch, part, name, row.step, _number(value)) for part, values in row.values.items()
                  for name, value in values.items() if (part, name) not in EPOCH_COLUMNS]
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                             (row.epoch, row.step, *columns))
            self._db.executemany("INSERT OR REPLACE INTO epoch_values VALUES (?, ?, ?, ?, ?)", others)

    def add_layer_values(self, values: Iterable[tuple[int, str, bytes]], counts: Iterable[tuple]) -> None:
        """Write rows of the tables layer_values and histograms, packed as in `layer_statistics`."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO layer_values VALUES (?, ?, ?)", values)
            self._db.executemany("INSERT OR REPLACE INTO histograms VALUES (?, ?, ?, ?, ?)", counts)

    def mean_over(self, names: Iterable[str], sizes: list[int], last_step: int) -> dict[str, float]:
        """Return the mean of each number over the samples of the steps up to `last_step`.

        sizes: the samples of each of these steps. A number that one of them lacks is left out. Exactly rounded (fsum),
        so that the mean does not depend on when rows were flushed or training was continued.
        """
        found = {name: [value for value, in self._values(name, last_step - len(sizes), last_step)] for name in names}
        return {name: math.fsum(v * n for v, n in zip(values, sizes, strict=True)) / sum(sizes)
                for name, values in found.items() if len(values) == len(sizes) and None not in values}

    def _values(self, name: str, after: int, last: int) -> Iterator[tuple[float | None]]:
        if name in STEP_COLUMNS:
            return self._db.execute(f"SELECT {name} FROM steps WHERE step > ? AND step <= ? ORDER BY step",
                                    (after, last))
        return self._db.execute("SELECT value FROM scalars WHERE name = ? AND step > ? AND step <= ? ORDER BY step",
                                (name, after, last))

    def epochs(self) -> list[EpochRow]:
        """Return the epochs written so far."""
        return find_epochs(self._db)

    def set_facts(self, **facts: Any) -> None:
        """Store single values by name, as JSON."""
        with self._db:
            self._set_facts(facts)

    def _set_facts(self, facts: dict[str, Any]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)",
                             ((name, json.dumps(value)) for name, value in facts.items()))

    def forget_after(self, step: int) -> None:
        """Drop everything recorded after a step, before training resumes from there; readers notice."""
        with self._db:
            for table in _BY_STEP:
                self._db.execute(f"DELETE FROM {table} WHERE step > ?", (step,))
            self._set_facts({"continued": find_fact(self._db, "continued", 0) + 1})

    def close(self) -> None:
        """Fold the log into the file, so that the run is one plain database; waits a while for readers to be done.

        If they never are, the log stays beside it, but everything is in the file.
        """
        until = time.monotonic() + CLOSE_PATIENCE_S
        try:
            while not self._fold():
                if time.monotonic() > until:
                    log.warning("a reader kept the metrics open: an empty log stays beside them")
                    self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    break
                time.sleep(0.02)
        finally:
            self._db.close()

    def _fold(self) -> bool:
        try:
            return self._db.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete"
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                return False
            raise


def _numbers(values: np.ndarray) -> list[float | None]:
    """Convert to Python's floats, None for what is not finite. values: (n,)."""
    good = np.isfinite(values)
    return values.tolist() if good.all() else np.where(good, values, None).tolist()


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
