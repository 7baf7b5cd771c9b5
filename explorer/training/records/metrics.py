"""A run's numbers in SQLite: written by the worker, read by anybody beside it.

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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_SCHEMA = """
CREATE TABLE IF NOT EXISTS steps (step INTEGER PRIMARY KEY, epoch REAL, loss REAL, accuracy REAL, gradient_norm BLOB);
CREATE TABLE IF NOT EXISTS epochs (epoch INTEGER PRIMARY KEY, step INTEGER, train_loss REAL, train_accuracy REAL,
    validation_loss REAL, validation_accuracy REAL, test_loss REAL, test_accuracy REAL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS samples (step INTEGER PRIMARY KEY, layer_values BLOB);
CREATE TABLE IF NOT EXISTS histograms (layer TEXT, what TEXT, step INTEGER, bound REAL, counts BLOB,
    PRIMARY KEY (layer, what, step)) WITHOUT ROWID;
"""
_BY_STEP = ("steps", "epochs", "samples", "histograms")
READ_PATIENCE_S = 2
CLOSE_PATIENCE_S = 3
_STEP_COLUMNS = "steps.step, epoch, loss, accuracy, gradient_norm"

log = logging.getLogger(__name__)


class DamagedMetrics(sqlite3.DatabaseError):
    """A metrics file that is no database, or a broken one."""


@dataclass(frozen=True)
class StepRows:
    """Steps since the last flush. step, size (samples in the batch), loss, accuracy: (n,), accuracy NaN where
    the task has none; gradient_norm: (n, layer), the L2 norm over all of a layer's parameters."""

    step: np.ndarray
    size: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    gradient_norm: np.ndarray

    def __len__(self) -> int:
        return len(self.step)


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


class MetricsWriter:
    """The one writer of a run's database. Everything it does may raise sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=10)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def add_steps(self, rows: StepRows, batches_per_epoch: int) -> None:
        """Steps of one flush, in one transaction. NaN becomes NULL, since SQLite has none."""
        packed = rows.gradient_norm.astype(np.float32)
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?)", (
                (int(step), float(step / batches_per_epoch), _number(loss), _number(accuracy), norms.tobytes())
                for step, loss, accuracy, norms in zip(rows.step, rows.loss, rows.accuracy, packed, strict=True)))

    def add_epoch(self, row: EpochRow) -> None:
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                             (row.epoch, row.step, *(_number(v) for v in (
                                 row.train_loss, row.train_accuracy, row.validation_loss, row.validation_accuracy,
                                 row.test_loss, row.test_accuracy))))

    def add_samples(self, values: Iterable[tuple], counts: Iterable[tuple]) -> None:
        """Rows of the tables samples and histograms, as `inside` packs them."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?)", values)
            self._db.executemany("INSERT OR REPLACE INTO histograms VALUES (?, ?, ?, ?, ?)", counts)

    def mean_over(self, sizes: list[int], last_step: int) -> tuple[float | None, float | None]:
        """Mean loss and accuracy over the samples of the steps up to `last_step`; sizes: samples of each of them.

        Exactly rounded (fsum), so that the mean does not depend on when rows were flushed or training was continued.
        """
        rows = self._db.execute("SELECT loss, accuracy FROM steps WHERE step > ? AND step <= ? ORDER BY step",
                                (last_step - len(sizes), last_step)).fetchall()
        means = []
        for column in zip(*rows, strict=True):
            missing = len(column) != len(sizes) or None in column
            means.append(None if missing else math.fsum(v * n for v, n in zip(column, sizes, strict=True)) / sum(sizes))
        return tuple(means) if means else (None, None)

    def epochs(self) -> list[EpochRow]:
        return _read_epochs(self._db)

    def set_facts(self, **facts: Any) -> None:
        """Remember single values by name, as JSON."""
        with self._db:
            self._set_facts(facts)

    def _set_facts(self, facts: dict[str, Any]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)",
                             ((name, json.dumps(value)) for name, value in facts.items()))

    def forget_after(self, step: int) -> None:
        """Drop what lies behind a step, before training is continued from there; readers learn of it."""
        with self._db:
            for table in _BY_STEP:
                self._db.execute(f"DELETE FROM {table} WHERE step > ?", (step,))
            self._set_facts({"continued": _read_fact(self._db, "continued", 0) + 1})

    def close(self) -> None:
        """Fold the log into the file, so that the run is one plain database; waits a while for readers to be done.

        Where they never are, the log stays beside, but everything is in the file.
        """
        until = time.monotonic() + CLOSE_PATIENCE_S
        try:
            while not self._fold():
                if time.monotonic() > until:
                    log.warning("somebody kept the metrics open: an empty log stays beside them")
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


def no_steps() -> Steps:
    """What there is to see before the first step."""
    return Steps(*(np.zeros(0, kind) for kind in (int, float, float, float)), np.zeros((0, 0), np.float32))


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The database for readers; None where there is none yet, or it cannot be had just now. Raises DamagedMetrics."""
    connection = None
    try:
        connection = _open(path)
        yield connection
    except sqlite3.OperationalError as error:
        raise _not_yet_or_damaged(error) from error
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:  # the last two: blobs or facts that are none
        raise DamagedMetrics(f"{path.name} cannot be read: {error}") from error
    finally:
        if connection:
            connection.close()


class NotYet(Exception):
    """Nothing to read at the moment: no file, no table, or locked. `reading` raises it for its callers to catch."""


def _not_yet_or_damaged(error: sqlite3.OperationalError) -> Exception:
    known = ("unable to open", "no such table", "locked", "busy", "readonly database")
    return NotYet() if any(words in str(error) for words in known) else DamagedMetrics(str(error))


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise NotYet
    address = f"{path.resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=READ_PATIENCE_S)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        return connection
    except sqlite3.OperationalError as error:
        connection.close()
        if not any(words in str(error) for words in ("unable to open", "readonly")):
            raise
    # A read-only folder with the log of a killed worker beside: read the file without the log.
    return sqlite3.connect(f"{address}&immutable=1", uri=True)


def read_steps(path: Path, after: int = 0, every: int = 1, most: int = -1) -> Steps:
    """Rows behind step `after`, every `every`-th of the run, its first included. Raises DamagedMetrics.

    At most the first `most` of them; all where it is negative.
    """
    try:
        with reading(path) as db:
            return _as_steps(_select_steps(db, after, every, most))
    except NotYet:
        return _as_steps([])


def _select_steps(db: sqlite3.Connection, after: int, every: int, most: int) -> list[tuple]:
    if every == 1:
        return db.execute(f"SELECT {_STEP_COLUMNS} FROM steps WHERE step > ? ORDER BY step LIMIT ?",
                          (after, most)).fetchall()
    first = after + 1 + -after % every  # the first step behind `after` that is one more than a multiple of `every`
    return db.execute(
        "WITH RECURSIVE wanted(step) AS (SELECT ? UNION ALL SELECT step + ? FROM wanted "
        "WHERE step + ? <= (SELECT MAX(step) FROM steps)) "
        f"SELECT {_STEP_COLUMNS} FROM wanted JOIN steps USING (step) ORDER BY steps.step LIMIT ?",
        (first, every, every, most)).fetchall()


def _as_steps(rows: list[tuple]) -> Steps:
    step, epoch, loss, accuracy = (np.array([row[i] for row in rows], dtype=float) for i in range(4))
    norms = [np.frombuffer(row[4], dtype=np.float32) for row in rows]
    return Steps(step.astype(int), epoch, loss, accuracy, np.stack(norms) if norms else np.zeros((0, 0), np.float32))


def read_extent(path: Path) -> tuple[int, int]:
    """(the last step written, 0 before the first; how often training was continued). Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            last = db.execute("SELECT MAX(step) FROM steps").fetchone()[0] or 0
            return last, _read_fact(db, "continued", 0)
    except NotYet:
        return 0, 0


def last_step(path: Path) -> int:
    """The last step written, 0 before the first. Raises DamagedMetrics."""
    return read_extent(path)[0]


def read_epochs(path: Path) -> list[EpochRow]:
    """All epochs so far. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return _read_epochs(db)
    except NotYet:
        return []


def read_facts(path: Path) -> dict[str, Any]:
    """Single values by name. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM facts")}
    except NotYet:
        return {}


def _read_epochs(db: sqlite3.Connection) -> list[EpochRow]:
    return [EpochRow(*row) for row in db.execute("SELECT * FROM epochs ORDER BY epoch")]


def _read_fact(db: sqlite3.Connection, name: str, default: Any) -> Any:
    found = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return json.loads(found[0]) if found else default


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
