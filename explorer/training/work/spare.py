"""Waiting of a spare worker: for its first run, and for the next; meanwhile it measures threads, once a machine."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import torch

from explorer.training.loop.memory import used_bytes
from explorer.training.loop.thread_timing import measure_when_quiet
from explorer.training.loop.threads import is_unmeasured
from explorer.training.runs.store import DIVERGED, FINISHED, STOPPED, Run, RunDeleted

_MOST_KEPT_BYTES = 1_200_000_000  # twice what a worker takes before its first run


def await_folder() -> str:
    """Wait for the folder of a run on standard input; empty if that closes without one.

    The line is read in a thread of its own while threads are measured, so that it is noticed after one short bout.
    """
    if not is_unmeasured():
        return sys.stdin.readline().strip()
    with ThreadPoolExecutor(1, "standard-input") as pool:
        line = pool.submit(sys.stdin.readline)
        measure_when_quiet(lambda seconds: bool(wait([line], seconds).done))
        return line.result().strip()


def is_as_new(folder: Path) -> bool:
    """Return whether another run could start in this process as in a new one; what the last held on the GPU is freed.

    Not after a failure, which may have broken more than the run (a lost GPU is lost to this process for good), nor
    after a run that took much memory, which a process keeps.
    """
    try:
        has_ended = Run(folder).stored_status().state in (FINISHED, STOPPED, DIVERGED)
    except RunDeleted:
        has_ended = True
    gc.collect()
    if has_ended and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    return has_ended and used_bytes() < _MOST_KEPT_BYTES
