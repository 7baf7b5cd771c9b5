"""CPU threads recorded with a run, or with an earlier one of the same recipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from explorer.files.atomic import stamp_of
from explorer.training.records.metrics import DamagedMetrics, read_facts
from explorer.training.runs.store import Run, RunStore


def recorded_threads(run: Run, at_most: int) -> int | None:
    """Return the CPU threads that a run is to take in place of a choice of its own; None where it may choose.

    A run that goes on and a fork have their number among their own facts; a repeat takes that of the first run of the
    same document in its store. Sums differ in their last bits with the number of threads, and with them the curve.
    More than `at_most` were recorded on another machine, whose last bits differ anyway.
    """
    for each in (run, *_earlier(run)):
        threads = _fact(each)
        if threads is not None:
            return threads if threads <= at_most else None
    return None


def _fact(run: Run) -> int | None:
    with suppress(DamagedMetrics, ValueError):
        threads = read_facts(run.metrics_path).get("threads")
        return threads if isinstance(threads, int) and threads > 0 else None
    return None


def _earlier(run: Run) -> Iterator[Run]:
    """Find the other runs of the same document, oldest first; files are read only where their sizes agree."""
    mine = _document(run)
    stamp = stamp_of(mine)
    others = ((stamp_of(_document(other)), other) for other in RunStore(run.folder.parent).all() if other != run)
    alike = [(found, other) for found, other in others if found and stamp and found[1] == stamp[1]]
    with suppress(OSError):
        document = mine.read_bytes()
        for _stamp, other in sorted(alike, key=lambda each: each[0]):
            with suppress(OSError):
                if _document(other).read_bytes() == document:
                    yield other


def _document(run: Run) -> Path:
    return run.folder / "recipe.json"
