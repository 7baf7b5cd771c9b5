"""Waiting of a spare worker: for its first run, and for the next; meanwhile it measures threads, once a machine."""

from __future__ import annotations

import logging
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from explorer.training.loop.memory import empty_gpu, used_bytes
from explorer.training.loop.thread_timing import measure_when_quiet
from explorer.training.loop.threads import is_unmeasured
from explorer.training.loop.torch_settings import give_back_freed_memory
from explorer.training.runs.store import DIVERGED, FINISHED, STOPPED, Run, RunDeleted

_MOST_KEPT_BYTES = 500_000_000

log = logging.getLogger(__name__)


def await_folder() -> str:
    """Wait for the folder of a run on standard input; empty if that closes without one.

    The line is read in a thread of its own while threads are measured, so that it is noticed after one short bout.
    Whatever happens to the measurement, the run comes first.
    """
    if not is_unmeasured():
        return sys.stdin.readline().strip()
    with ThreadPoolExecutor(1, "standard-input") as pool:
        line = pool.submit(sys.stdin.readline)
        try:
            measure_when_quiet(lambda seconds: bool(wait([line], seconds).done))
        except Exception:
            log.exception("CPU threads could not be measured")
        return line.result().strip()


def is_as_new(folder: Path, before_bytes: int) -> bool:
    """Return whether another run could start here as in a new process; gives back the memory that the last one freed.

    Not after a failure, which may have broken more than the run (a lost GPU is lost to this process for good), nor
    where much more memory stays in use than `before_bytes`, that before the first run.
    """
    try:
        has_ended = Run(folder).stored_status().state in (FINISHED, STOPPED, DIVERGED)
    except RunDeleted:
        has_ended = True
    if has_ended:
        empty_gpu()
    give_back_freed_memory()
    return has_ended and used_bytes() < before_bytes + _MOST_KEPT_BYTES
