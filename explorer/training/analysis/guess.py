"""A guess made before a run: in which epoch it will first reach a validation accuracy."""

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
class Guess:
    """The epoch in which the validation accuracy is expected to reach `level` first; 1 is the first epoch."""

    epoch: int
    level: float = LEVEL


def write_guess(run: Run, guess: Guess) -> None:
    """Keep a guess in the run's folder. Raises OSError."""
    write_atomic(run.folder / FILE_NAME, json.dumps(asdict(guess)))


def guess_of(run: Run) -> Guess | None:
    """Read the guess made for a run; None where there is none, or its file cannot be read."""
    try:
        stored = json.loads(read_atomic(run.folder / FILE_NAME))
        return Guess(int(stored["epoch"]), float(stored["level"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def reached_in(guess: Guess, epochs: Sequence[EpochRow]) -> int | None:
    """Find the first epoch whose validation accuracy reached the guess's level; None where there is none yet."""
    return next((row.epoch for row in epochs if (row.value(VALIDATION, "accuracy") or 0.0) >= guess.level), None)
