"""Worker processes: each trains one run at a time, and a warm spare waits so that the next starts at once."""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from explorer.files.lock import locked
from explorer.text import text
from explorer.training.runs.store import CRASHED, Run, RunDeleted, RunStore
from explorer.training.work.queue import Queue

_ROOT = Path(__file__).resolve().parents[3]
NEXT_SPARE_AFTER_S = 10.0  # the run just started should have the machine to itself at first
FREE = "free\n"
LOOK_EVERY_S = 1.0  # whether there is room for the next in line; the end of a worker of our own is noticed at once

log = logging.getLogger(__name__)


class Launcher:
    """The starter of workers, in processes that outlive this one, within each device's limit; it holds one spare.

    A worker that has trained its run becomes the spare, if there is none yet: whoever stops a run to change something
    and starts another waits for no imports.

    >>> launcher = Launcher()
    >>> launcher.close()  # ends the spare; runs go on
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.spare: subprocess.Popen[str] | None = None
        self._is_spare_warm = False
        self._closed = False
        self._queues: dict[Path, Queue] = {}
        self._wake = threading.Event()
        atexit.register(self.close)

    def prepare(self, beside_a_run: bool = False) -> None:
        """Have a spare worker ready, or on its way; its imports yield to a run that trains. Raises OSError."""
        with self._lock:
            if not self._closed and (self.spare is None or self.spare.poll() is not None):
                self.spare, self._is_spare_warm = self._spawn(beside_a_run), False

    def attend(self, runs: RunStore) -> Queue:
        """Return a store's queue; from now on its waiting runs are started once there is room, whoever queued them."""
        with self._lock:
            if not self._queues:
                threading.Thread(target=self._keep_moving, daemon=True, name="queue").start()
            return self._queues.setdefault(runs.folder, Queue(runs))

    def start(self, run: Run) -> None:
        """Train a run, from its start or its last checkpoint: now, or when its turn has come.

        A run that is training or waiting is left alone. If no process can be started, the run ends with that reason.
        Raises RunDeleted; OSError if the run's folder cannot be written.
        """
        if not run.folder.is_dir():
            raise RunDeleted(run.id)
        queue = self.attend(RunStore(run.folder.parent))
        with self._lock, locked(queue.runs.folder):
            if not run.is_asked_for:
                queue.add(run)
                self._advance(queue)

    def _keep_moving(self) -> None:
        while not self._closed:
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            for queue in list(self._queues.values()):
                try:
                    if queue.read().next():
                        with self._lock, locked(queue.runs.folder):
                            self._advance(queue)
                except Exception:  # whatever it is, those who wait must not wait for ever
                    log.exception("the queue could not be advanced; the next attempt comes soon")

    def _advance(self, queue: Queue) -> None:
        """Start the runs that there is room for. The caller holds both locks, so that none is started twice."""
        if self._closed:
            return
        line = queue.read()
        turns = line.next()
        for run in turns:
            try:
                self._set_going(run, NEXT_SPARE_AFTER_S if len(turns) == len(line.waiting) else 0.0)
            except RunDeleted:
                continue
            except OSError:
                log.exception("run %s could not be started; it stays in the queue", run.id)

    def _set_going(self, run: Run, next_spare_after_s: float) -> None:
        """Hand a run to the spare worker if there is one, else to a new one. Raises RunDeleted or OSError."""
        try:
            worker = self.hand_over(run) or self.hand_over(run)
            if worker is None:
                raise _NoProcess("it ended at once")
        except _NoProcess as error:
            why = text("No worker process could be started: {why}", why=str(error))
            run.write_status(replace(run.stored_status(), state=CRASHED, reason=why))
            return
        timer = threading.Timer(next_spare_after_s, self._prepare_quietly)
        timer.daemon = True
        timer.start()

    def _spawn(self, beside_a_run: bool = False) -> subprocess.Popen[str]:
        worker = spawn_worker(beside_a_run)
        threading.Thread(target=self._attend_worker, args=(worker,), daemon=True, name="attendant").start()
        return worker

    def _attend_worker(self, worker: subprocess.Popen[str]) -> None:
        """Note what a worker reports, and wait for its exit, or it would stay a zombie."""
        for line in worker.stdout:
            with self._lock:
                if worker is self.spare:
                    self._is_spare_warm = True
                elif line == FREE:
                    self._keep(worker)
            self._wake.set()
        worker.wait()
        worker.stdout.close()
        self._wake.set()

    def _keep(self, worker: subprocess.Popen[str]) -> None:
        """Keep a worker that is free as the spare, in place of one that still imports; let the other one go."""
        if self._closed or (self.spare and self.spare.poll() is None and self._is_spare_warm):
            _let_go(worker)
            return
        if self.spare:
            _let_go(self.spare)
        self.spare, self._is_spare_warm = worker, True

    def hand_over(self, run: Run) -> subprocess.Popen[str] | None:
        """Give the run to the spare worker or a new one; None if that one died first."""
        worker, self.spare = self.spare, None
        if worker is None or worker.poll() is not None:
            try:
                worker = self._spawn()
            except OSError as error:
                raise _NoProcess(str(error)) from error
        run.await_worker(worker.pid)
        try:
            worker.stdin.write(f"{run.folder}\n")
            worker.stdin.flush()
        except OSError:
            worker.kill()
            worker.wait()
            return None
        return worker

    def _prepare_quietly(self) -> None:
        with suppress(OSError):
            self.prepare(beside_a_run=True)

    def close(self) -> None:
        """End the spare worker; those that train stay."""
        with self._lock:
            self._closed = True
            self._wake.set()
            if self.spare:
                _let_go(self.spare)
            self.spare = None


def _let_go(worker: subprocess.Popen[str]) -> None:
    """Have a worker exit once it is free."""
    with suppress(OSError):
        worker.stdin.close()


class _NoProcess(Exception):
    """A process that the system refused to start."""


def spawn_worker(beside_a_run: bool = False) -> subprocess.Popen[str]:
    """Spawn a worker that waits for runs' folders on its standard input, and exits once that is closed.

    It writes a line to its standard output once it is warm, and FREE after each run if it can take another one.

    beside_a_run: whether it has the lower priority from its beginning: nobody waits for it yet, and somebody trains.
    """
    environment = {**os.environ, "CUBLAS_WORKSPACE_CONFIG": ":4096:8", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS} \
        if sys.platform == "win32" else {"start_new_session": True}
    return subprocess.Popen(
        [sys.executable, "-m", "explorer.training.work.worker", "--beside" if beside_a_run else "--spare"],
        env=environment, text=True, encoding="utf-8", **streams, **detached)
