"""Worker processes: start one for a run, and keep a spare one warm so that the next start takes no time."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from explorer.text import text
from explorer.training.store import CRASHED, Run

_ROOT = Path(__file__).resolve().parents[2]
_NEXT_SPARE_AFTER_S = 10.0  # the run just started should have the machine to itself at first


class Launcher:
    """Starts workers in processes that outlive this one; holds one spare."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: subprocess.Popen[str] | None = None
        self._closed = False
        atexit.register(self.close)

    def prepare(self) -> None:
        """Have a spare worker ready, or on its way. Raises OSError."""
        with self._lock:
            if not self._closed and (self._spare is None or self._spare.poll() is not None):
                self._spare = _spawn()

    def start(self, run: Run) -> None:
        """Train a run, from the start or from where it ended: by the spare worker if there is one, else by a new one.

        Nothing happens to a run that is being trained. Where no process can be had, the run ends with that reason.
        Raises Gone; OSError where the run's folder cannot be written.
        """
        with self._lock:
            if run.is_asked_for:
                return
            try:
                worker = self._hand_over(run) or self._hand_over(run)
                if worker is None:
                    raise _NoProcess("it ended at once")
            except _NoProcess as error:
                why = text("No worker process could be started: {why}", why=str(error))
                run.write_status(replace(run.stored_status(), state=CRASHED, reason=why))
                return
        threading.Thread(target=worker.wait, daemon=True, name="reaper").start()  # or it would linger as a zombie
        timer = threading.Timer(_NEXT_SPARE_AFTER_S, self._prepare_quietly)
        timer.daemon = True
        timer.start()

    def _hand_over(self, run: Run) -> subprocess.Popen[str] | None:
        """Give the run to the spare worker, or to a new one; None where that one died before it could take it."""
        worker, self._spare = self._spare, None
        if worker is None or worker.poll() is not None:
            try:
                worker = _spawn()
            except OSError as error:
                raise _NoProcess(str(error)) from error
        run.await_worker(worker.pid)
        try:
            worker.stdin.write(f"{run.folder}\n")
            worker.stdin.close()
        except OSError:
            worker.kill()
            worker.wait()
            return None
        return worker

    def _prepare_quietly(self) -> None:
        with suppress(OSError):
            self.prepare()

    def close(self) -> None:
        """Let the spare go; workers that train stay."""
        with self._lock:
            self._closed = True
            if self._spare and self._spare.stdin:
                with suppress(OSError):
                    self._spare.stdin.close()
            self._spare = None


class _NoProcess(Exception):
    """The system gives no process."""


def _spawn() -> subprocess.Popen[str]:
    """A worker that waits for a run's folder on its standard input, and ends when that closes without one."""
    environment = {**os.environ, "CUBLAS_WORKSPACE_CONFIG": ":4096:8", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS} \
        if sys.platform == "win32" else {"start_new_session": True}
    return subprocess.Popen(
        [sys.executable, "-m", "explorer.training.worker", "--spare"], env=environment, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **detached)
