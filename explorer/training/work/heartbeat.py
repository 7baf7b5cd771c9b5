"""Heartbeat of the process that trains a run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from explorer.training.runs.store import Run

_EVERY_S = 0.5


@contextmanager
def heartbeat(run: Run) -> Iterator[None]:
    """Signal every half second that this process is alive."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(_EVERY_S):
            try:
                run.beat()
            except OSError:
                return

    thread = threading.Thread(target=beat, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()  # a thread caught alive by the interpreter's end aborts the process
