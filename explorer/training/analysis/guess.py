"""What somebody said beforehand about a run: in which epoch it will first pass a level."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from explorer.files.atomic import read_atomic, write_atomic
from explorer.training.records.metrics import VALIDATION, EpochRow
from explorer.training.runs.store import Run

FILE_NAME = "wager.json"
LEVEL = 0.9  # of validation accuracy


@dataclass(frozen=True)
class Wager:
    """The epoch in which the validation accuracy is said to reach `level` first; 1 is the first epoch."""

    epoch: int
    level: float = LEVEL


def write_wager(run: Run, wager: Wager) -> None:
    """Raises OSError."""
    write_atomic(run.folder / FILE_NAME, json.dumps(asdict(wager)))


def wager_of(run: Run) -> Wager | None:
    """None where nothing was said, or the file cannot be read."""
    try:
        stored = json.loads(read_atomic(run.folder / FILE_NAME))
        return Wager(int(stored["epoch"]), float(stored["level"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def reached_in(wager: Wager, epochs: Sequence[EpochRow]) -> int | None:
    """The first epoch whose validation accuracy was at the wager's level; None where there is none yet."""
    return next((row.epoch for row in epochs if (row.value(VALIDATION, "accuracy") or 0.0) >= wager.level), None)
