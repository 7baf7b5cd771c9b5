"""Work beside the page, in a thread of its own: its progress, its outcome, and a way to cancel it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from explorer.probes import Canceled

OnProgress = Callable[[float], None]


class Request:
    """Work done in a thread of its own. `outcome` is what it returned, None before, and where it was canceled."""

    def __init__(self, work: Callable[[OnProgress], Any]) -> None:
        self.share, self.outcome = 0.0, None
        self._is_canceled = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)  # which drops the work at its end
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Have the work end at its next report of progress."""
        self._is_canceled.set()

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for the end of the work."""
        self._thread.join(timeout_s)

    def _run(self, work: Callable[[OnProgress], Any]) -> None:
        with suppress(Canceled):
            self.outcome = work(self._on_progress)

    def _on_progress(self, share: float) -> None:
        if self._is_canceled.is_set():
            raise Canceled
        self.share = min(max(float(share), 0.0), 1.0)
