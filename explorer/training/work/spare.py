"""Waiting of a spare worker for its run, and the one thing it does meanwhile: measure threads, once a machine."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor, wait

from explorer.training.loop.thread_timing import measure_when_quiet
from explorer.training.loop.threads import is_unmeasured


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
