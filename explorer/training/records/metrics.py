"""Metrics of a run, read from SQLite by name.

Loss and accuracy, of steps and of each part at the end of an epoch, are stored in columns. Every other number is a row
of `scalars` or `epoch_values` under its name. Readers return both alike.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

READ_PATIENCE_S = 2
LOSS = "loss"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
STEP_COLUMNS = (LOSS, "accuracy")
EPOCH_COLUMNS = tuple((part, name) for part in (TRAIN, VALIDATION, TEST) for name in STEP_COLUMNS)


class DamagedMetrics(sqlite3.DatabaseError):
    """A metrics file that is not a database, or is a broken one."""


class NumbersByName:
    """Steps, or bins of them, with their numbers by name."""

    step: np.ndarray
    scalars: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.step)

    @property
    def loss(self) -> np.ndarray:
        """The loss of every step: (n,)."""
        return self.of(LOSS)

    def of(self, name: str) -> np.ndarray:
        """Return a number of every step by its name: (n,), NaN where it was not recorded."""
        return self.scalars[name] if name in self.scalars else np.full(len(self), np.nan)


@dataclass(frozen=True)
class StepRows(NumbersByName):
    """Steps since the last flush.

    step, size (samples in the batch), and each of the scalars: (n,); gradient_norm: (n, layer), the L2 norm over all of
    a layer's parameters.
    """

    step: np.ndarray
    size: np.ndarray
    scalars: Mapping[str, np.ndarray]
    gradient_norm: np.ndarray


@dataclass(frozen=True)
class Steps(NumbersByName):
    """Recorded steps: step, epoch (a fraction), and each of the scalars: (n,); gradient_norm: (n, layer).

    NaN where a number was not recorded, or was not finite.
    """

    step: np.ndarray
    epoch: np.ndarray
    scalars: Mapping[str, np.ndarray]
    gradient_norm: np.ndarray


@dataclass(frozen=True)
class EpochRow:
    """One epoch's end: what was measured of each part, by part and name, such as values["validation"]["loss"].

    Those of the training part are means over the epoch's steps.
    """

    epoch: int
    step: int
    values: dict[str, dict[str, float]] = field(default_factory=dict)

    def value(self, part: str, name: str) -> float | None:
        """Return a number of a part; None where it was not measured."""
        return self.values.get(part, {}).get(name)


def no_steps() -> Steps:
    """Return the numbers of a run before its first step."""
    return Steps(np.zeros(0, int), np.zeros(0), {LOSS: np.zeros(0)}, np.zeros((0, 0), np.float32))


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for reading. Raises NotYet where there is nothing to read, and DamagedMetrics."""
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
    """Nothing to read at the moment: no file, no table, or a lock. `reading` raises it for its callers to catch."""


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
    """Read the rows after step `after`, every `every`-th of the run, its first included. Raises DamagedMetrics.

    At most the first `most` of them; all where it is negative.
    """
    try:
        with reading(path) as db:
            return find_steps(db, after, every, most)
    except NotYet:
        return no_steps()


def find_steps(db: sqlite3.Connection, after: int = 0, every: int = 1, most: int = -1) -> Steps:
    """Find rows of steps in an open database, as `read_steps` reads them."""
    names = find_scalar_names(db)
    return _as_steps(_select_steps(db, names, after, every, most), names)


def read_scalar_names(path: Path) -> list[str]:
    """List the numbers of steps that have no column of their own, in alphabetical order. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return find_scalar_names(db)
    except NotYet:
        return []


def find_scalar_names(db: sqlite3.Connection) -> list[str]:
    """Find the numbers of steps without a column: from one name to the next by the table's index, however many rows."""
    if not has_table(db, "scalars"):
        return []
    return [name for name, in db.execute(
        "WITH RECURSIVE names(name) AS (SELECT MIN(name) FROM scalars UNION ALL "
        "SELECT (SELECT MIN(name) FROM scalars WHERE name > names.name) FROM names WHERE name IS NOT NULL) "
        "SELECT name FROM names WHERE name IS NOT NULL")]


def has_table(db: sqlite3.Connection, name: str) -> bool:
    """Return whether a database has a table: runs of earlier versions lack some."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone() is not None


def _select_steps(db: sqlite3.Connection, names: list[str], after: int, every: int, most: int) -> list[tuple]:
    """Select rows of step, epoch, gradient_norm, STEP_COLUMNS, and each of `names`."""
    latest = "AND step > steps.step - :every AND step <= steps.step ORDER BY step DESC LIMIT 1"  # some steps lack it
    named = "".join(f", (SELECT value FROM scalars WHERE name = :name{i} {latest})" for i in range(len(names)))
    columns = f"steps.step, epoch, gradient_norm, {', '.join(STEP_COLUMNS)}{named}"
    values = {"after": after, "most": most, "every": every} | {f"name{i}": name for i, name in enumerate(names)}
    if every == 1:
        return db.execute(f"SELECT {columns} FROM steps WHERE step > :after ORDER BY step LIMIT :most",
                          values).fetchall()
    first = after + 1 + -after % every  # the first step after `after` that is one more than a multiple of `every`
    return db.execute(
        "WITH RECURSIVE wanted(step) AS (SELECT :first UNION ALL SELECT step + :every FROM wanted "
        "WHERE step + :every <= (SELECT MAX(step) FROM steps)) "
        f"SELECT {columns} FROM wanted JOIN steps USING (step) ORDER BY steps.step LIMIT :most",
        {**values, "first": first}).fetchall()


def _as_steps(rows: list[tuple], names: list[str]) -> Steps:
    """Name the columns; an accuracy that none of these steps has is left out."""
    if not rows:
        return no_steps()
    step, epoch, norms, *scalars = zip(*rows, strict=True)
    found = {name: np.array(values, dtype=float) for name, values in zip((*STEP_COLUMNS, *names), scalars, strict=True)}
    kept = {name: values for name, values in found.items() if name in (LOSS, *names) or not np.isnan(values).all()}
    return Steps(np.array(step, dtype=int), np.array(epoch, dtype=float), kept,
                 np.stack([np.frombuffer(packed, dtype=np.float32) for packed in norms]))


def read_extent(path: Path) -> tuple[int, int]:
    """Read the last step written, 0 before the first, and how often training was resumed. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return find_last_step(db), find_fact(db, "continued", 0)
    except NotYet:
        return 0, 0


def find_last_step(db: sqlite3.Connection) -> int:
    """Find the last step written in an open database, 0 before the first."""
    return db.execute("SELECT MAX(step) FROM steps").fetchone()[0] or 0


def last_step(path: Path) -> int:
    """Read the last step written, 0 before the first. Raises DamagedMetrics."""
    return read_extent(path)[0]


def read_epochs(path: Path) -> list[EpochRow]:
    """Read the epochs so far. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return find_epochs(db)
    except NotYet:
        return []


def read_facts(path: Path) -> dict[str, Any]:
    """Read the single values of a run by name. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return find_facts(db)
    except NotYet:
        return {}


def find_facts(db: sqlite3.Connection) -> dict[str, Any]:
    """Find all single values by name in an open database."""
    return {name: json.loads(value) for name, value in db.execute("SELECT name, value FROM facts")}


def find_epochs(db: sqlite3.Connection, after: int = 0) -> list[EpochRow]:
    """Find the rows of the epochs after epoch `after` in an open database."""
    columns = ", ".join(f"{part}_{name}" for part, name in EPOCH_COLUMNS)
    found = {epoch: EpochRow(epoch, step, _by_part(values)) for epoch, step, *values in
             db.execute(f"SELECT epoch, step, {columns} FROM epochs WHERE epoch > ? ORDER BY epoch", (after,))}
    if found and has_table(db, "epoch_values"):
        for epoch, part, name, value in db.execute(
                "SELECT epoch, part, name, value FROM epoch_values JOIN epochs USING (epoch) "
                "WHERE epoch > ? AND value IS NOT NULL", (after,)):
            found[epoch].values.setdefault(part, {})[name] = value
    return list(found.values())


def _by_part(values: Iterable[float | None]) -> dict[str, dict[str, float]]:
    """Name the values, which are in the order of EPOCH_COLUMNS."""
    found: dict[str, dict[str, float]] = {}
    for (part, name), value in zip(EPOCH_COLUMNS, values, strict=True):
        if value is not None:
            found.setdefault(part, {})[name] = value
    return found


def find_fact(db: sqlite3.Connection, name: str, default: Any) -> Any:
    """Find a single value by its name in an open database."""
    found = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return json.loads(found[0]) if found else default
