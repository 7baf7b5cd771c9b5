"""CPU threads of a training step: by the work of a step, as measured on this machine, or else by a rule.

What was measured is kept in a small file in the user's cache folder, one for each kind of machine, so that several
machines may share a home. It is never replaced while it can be read: the same recipe gets the same number every time.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from os import W_OK, access
from pathlib import Path
from typing import Any

import torch

from explorer.document import DocumentError
from explorer.files.folders import CACHE_VARIABLE, cache_folder
from explorer.files.json_files import read_object, write_object
from explorer.formatting import format_count
from explorer.text import Text, text
from explorer.training.loop.processor import count_cores, processor_name

# The rule without a measurement: below this many multiply-adds a step, a second thread costs more in waiting than it
# saves in work.
MULTIPLY_ADDS_PER_EXTRA_THREAD = 50_000_000
FORMAT, VERSION = "layerscope/threads", 1


@dataclass(frozen=True)
class ThreadTable:
    """Numbers of threads, rising, and the multiply-adds of a step from which each is used; the first from 0 on.

    Raises ValueError where the numbers make no table.

    >>> ThreadTable((1, 4), (0, 1e8)).choose(2e8)
    4
    """

    threads: tuple[int, ...]
    since: tuple[float, ...]

    def __post_init__(self) -> None:
        rise = all(a < b for numbers in (self.threads, self.since) for a, b in pairwise(numbers))
        if not rise or len(self.threads) != len(self.since) or self.since[:1] != (0,) or self.threads[0] < 1:
            raise ValueError("no table of threads")

    def choose(self, multiply_adds_per_step: float) -> int:
        """Choose the threads for a step of this much work."""
        return self.threads[bisect_right(self.since, multiply_adds_per_step) - 1]


def choose_threads(multiply_adds_per_step: float) -> int:
    """Choose the CPU threads for a step of this much work on this machine."""
    return (kept_table() or usual_table(count_cores())).choose(multiply_adds_per_step)


def usual_table(cores: int) -> ThreadTable:
    """Make the table that holds where nothing was measured: 1 thread for tiny networks, all cores for large ones."""
    return ThreadTable(tuple(range(1, cores + 1)), tuple(MULTIPLY_ADDS_PER_EXTRA_THREAD * n for n in range(cores)))


def kept_table() -> ThreadTable | None:
    """Read the table measured on this machine; None where there is none, or none that can be read."""
    kept = _read()
    return kept and kept[0]


def keep_table(table: ThreadTable) -> None:
    """Keep a table for this machine, unless somebody else was first. Raises OSError."""
    if kept_table() is None:
        cache_folder().mkdir(parents=True, exist_ok=True)
        write_object(_path(), {"format": FORMAT, "version": VERSION, "machine": _machine(),
                               "measured": date.today().isoformat(), "threads": table.threads, "since": table.since})


def is_unmeasured() -> bool:
    """Check whether there is something to measure here, and a place to keep it."""
    return kept_table() is None and why_unmeasurable() is None


def why_unmeasurable() -> Text | None:
    """Return why threads are never measured here; None if they can be.

    A table that cannot be kept would differ from one start to the next, and with it the last bits of a curve.
    """
    if count_cores() == 1:
        return text("There is nothing to measure: one core can be used here, and each step takes one thread.")
    if not _can_keep():
        return text("CPU threads are not measured, as the result could not be kept: {folder} is no folder that can be "
                    "written. Set {variable} to one that is.", folder=cache_folder(), variable=CACHE_VARIABLE)
    return None


def describe_threads() -> Text:
    """Describe in one line how many threads a step takes on this machine, and why."""
    kept = _read()
    if kept is None:
        return text("1 and one more for every {work} multiply-adds of a step; not measured on this machine",
                    work=format_count(MULTIPLY_ADDS_PER_EXTRA_THREAD))
    table, day = kept
    more = "".join(f", {threads} from {format_count(work)}"
                   for threads, work in zip(table.threads[1:], table.since[1:], strict=True))
    return text("{first}{more} multiply-adds of a step; measured {day}" if more else
                "{first} for every step; measured {day}", first=table.threads[0], more=more, day=day)


def _read() -> tuple[ThreadTable, str] | None:
    """Read (table, day) of this machine's file."""
    try:
        kept = read_object(_path())
        if kept["machine"] != _machine() or max(kept["threads"]) > count_cores():
            return None
        return ThreadTable(tuple(map(int, kept["threads"])), tuple(map(float, kept["since"]))), str(kept["measured"])
    except (OSError, DocumentError, ValueError, TypeError, KeyError):
        return None


def _can_keep() -> bool:
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return access(cache_folder(), W_OK)


def _path() -> Path:
    name = hashlib.sha256(json.dumps(_machine()).encode()).hexdigest()[:12]
    return cache_folder() / f"threads-{name}.json"


def _machine() -> Mapping[str, Any]:
    """Describe all that the fastest number of threads depends on, beside the work."""
    return {"processor": processor_name(), "cores": count_cores(), "torch": str(torch.__version__)}
