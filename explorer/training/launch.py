"""Worker processes: start one for a run, and keep a spare one warm so that the next start takes no time."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from explorer.training.store import Run

_ROOT = Path(__file__).resolve().parents[2]
_NEXT_SPARE_AFTER_S = 10.0  # the run just started should have the machine to itself at first


class Launcher:
    """Starts workers in processes that outlive this one; holds one spare."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: subprocess.Popen[str] | None = None
        self._started: list[subprocess.Popen[str]] = []
        atexit.register(self.close)

    def prepare(self) -> None:
        """Have a spare worker ready, or on its way."""
        with self._lock:
            self._reap()
            if self._spare is None or self._spare.poll() is not None:
                self._spare = _spawn("--spare")

    def start(self, run: Run) -> None:
        """Train a run: by the spare worker if there is one, else by a new one. Raises OSError."""
        with self._lock:
            self._reap()
            spare, self._spare = self._spare, None
            worker = spare if spare and _hand_over(spare, run.folder) else _spawn(str(run.folder))
            self._started.append(worker)
        timer = threading.Timer(_NEXT_SPARE_AFTER_S, self.prepare)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Let the spare go; workers that train stay."""
        with self._lock:
            if self._spare and self._spare.stdin:
                with suppress(OSError):
                    self._spare.stdin.close()
            self._spare = None

    def _reap(self) -> None:
        """Forget workers that have ended, so that they do not linger as zombies."""
        self._started = [worker for worker in self._started if worker.poll() is None]


def _hand_over(spare: subprocess.Popen[str], folder: Path) -> bool:
    """Tell the spare worker its run; False where it is dead."""
    if spare.poll() is not None or spare.stdin is None:
        return False
    try:
        spare.stdin.write(f"{folder}\n")
        spare.stdin.close()
    except OSError:
        return False
    return True


def _spawn(argument: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "CUBLAS_WORKSPACE_CONFIG": ":4096:8", "PYTHONUNBUFFERED": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS} \
        if sys.platform == "win32" else {"start_new_session": True}
    return subprocess.Popen(
        [sys.executable, "-m", "explorer.training.worker", argument], env=environment, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **detached)
