"""Runs on disk: one folder each, found by a random id; every run ends in a state with a reason."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import psutil

from explorer.document import DocumentError
from explorer.environment import runs_folder
from explorer.files.atomic import read_atomic, stamp_of, write_atomic
from explorer.recipe import Recipe
from explorer.text import Text, text
from explorer.training.runs import requests
from explorer.training.runs.missing import DELETED, RunDeleted, UnknownRun
from explorer.training.runs.newer import is_newer
from explorer.training.runs.process import identify, is_alive
from explorer.training.runs.recording import FILE_NAME, Recording, is_recording
from explorer.training.runs.status import (
    CRASHED,
    DIVERGED,
    FINISHED,
    INTERRUPTED,
    LIVE_STATES,
    NEWER,
    OUT_OF_MEMORY,
    PAUSED,
    RESUMABLE_STATES,
    STATES,
    STOPPED,
    TRAINING,
    WAITING,
    Status,
    newer,
)

__all__ = ["CRASHED", "DIVERGED", "FINISHED", "INTERRUPTED", "LIVE_STATES", "NEWER", "OUT_OF_MEMORY", "PAUSED",
           "RESUMABLE_STATES", "STATES", "STOPPED", "TRAINING", "WAITING", "Run", "RunDeleted", "RunStore",
           "Status", "UnknownRun"]

_ID = re.compile(r"[0-9a-f]{32}")
_START_GRACE_S = 30  # a run that no worker has taken up by then never will be
_RESERVE_BYTES = 65_536
_SILENCE_S = 20  # a heart that beats every half second and has been silent for so long has stopped


@dataclass(frozen=True)
class Run:
    """One run: its folder, its status and its recipe.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> RunStore(mkdtemp()).create(zoo.recipe("playground")).status().state
    'waiting'
    """

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def metrics_path(self) -> Path:
        return self.folder / "metrics.db"

    @property
    def frames_folder(self) -> Path:
        return self.folder / "frames"

    @property
    def initial_weights_path(self) -> Path:
        """The file of initial weights; there is none if all of them are random."""
        return self.folder / "begin.safetensors"

    @property
    def owner(self) -> str:
        """The key of the browser that started the run; empty from the command line."""
        try:
            return (self.folder / "owner").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe. Raises DocumentError if its file is damaged or gone, or the run is one of somebody's own loop."""
        if is_recording(self.folder):
            raise DocumentError(text("This run was recorded from a training loop of your own, so it has no recipe."))
        return Recipe.load(self.folder / "recipe.json")

    @cached_property
    def recording(self) -> Recording | None:
        """The recording of somebody's own loop; None for a run of a recipe. Raises DocumentError if it is damaged."""
        return Recording.load(self.folder / FILE_NAME) if is_recording(self.folder) else None

    def status(self) -> Status:
        """Return the status; a live run whose worker is gone has crashed. Raises RunDeleted."""
        status = self.stored_status()
        if not status.is_live or not self.death_reason(status):
            return status
        status = self.stored_status()  # read again: the worker may have written its last words just before it ended
        if status.is_live and (reason := self.death_reason(status)):
            status = replace(status, state=INTERRUPTED, reason=reason)
            with suppress(OSError):  # a read-only folder: what was found out still holds
                self.write_status(status)
        return status

    def stored_status(self) -> Status:
        """Read the status last written. Raises RunDeleted.

        A run that could be resumed, but whose document needs a newer version of the program, is NEWER.
        """
        try:
            status = Status.from_dict(json.loads(read_atomic(self.folder / "status.json")))
        except (FileNotFoundError, NotADirectoryError):
            raise RunDeleted(self.id) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            return Status(CRASHED, text("The run's status file is damaged."))
        could_go_on = status.is_live or status.state in RESUMABLE_STATES
        return newer(status.created_s) if could_go_on and is_newer(self.folder) else status

    def death_reason(self, status: Status) -> Text | None:
        """Return why a live run has actually crashed, or None."""
        if status.is_queued:
            return None
        if status.pid == 0:
            late = time.time() - max(status.created_s, status.asked_s) > _START_GRACE_S
            return text("No worker started it. See worker.log in the run's folder.") if late else None
        if status.host == socket.gethostname():
            return None if is_alive(status) else text(
                "Its process was killed (perhaps it ran out of memory), or the machine was restarted.")
        return text("Its worker no longer responds.") if self.seconds_since_heartbeat() > _SILENCE_S else None

    def write_status(self, status: Status) -> None:
        """Write the status. Raises OSError: FileNotFoundError without a folder, PermissionError for a NEWER run."""
        with suppress(RunDeleted):
            self._refuse_newer()
        write_atomic(self.folder / "status.json", json.dumps(status.to_dict()))

    def _refuse_newer(self) -> Status:
        """Return the stored status. Raises PermissionError where a newer version wrote the run, or RunDeleted."""
        status = self.stored_status()
        if status.state == NEWER:
            raise PermissionError(errno.EPERM, "it was recorded by a newer version of Layerscope")
        return status

    def _refuse_untrainable(self) -> Status:
        """Return the stored status. Raises PermissionError for a NEWER run or a recording, or RunDeleted."""
        if is_recording(self.folder):
            raise PermissionError(errno.EPERM, "it was recorded from a training loop of somebody's own")
        return self._refuse_newer()

    def await_worker(self, pid: int) -> None:
        """Note that this process was asked to train the run, from its start or from its last checkpoint.

        Requests to an earlier worker are dropped. Raises OSError or RunDeleted.
        """
        status = self._refuse_untrainable()
        if status.state != WAITING:
            self.take_requests()
        with suppress(psutil.Error):
            self.write_status(Status(created_s=status.created_s, asked_s=time.time(), device=status.device,
                                     **identify(pid)))

    def enqueue(self, device: str) -> None:
        """Queue the run for a device. Requests to an earlier worker are dropped.

        Raises OSError or RunDeleted.
        """
        status = self._refuse_untrainable()
        if status.state != WAITING:
            self.take_requests()
        self.write_status(Status(created_s=status.created_s, queued_s=time.time(), device=device,
                                 summary=status.summary))

    @property
    def is_asked_for(self) -> bool:
        """Return whether the run is training, queued, or about to be taken up by a worker. Raises RunDeleted."""
        status = self.status()
        return status.is_live and (status.pid != 0 or status.asked_s != 0 or status.is_queued)

    def beat(self) -> None:
        """Signal that the worker is alive. Raises OSError if the folder is gone."""
        os.utime(self.folder / "heartbeat")

    def seconds_since_heartbeat(self) -> float:
        try:
            return time.time() - (self.folder / "heartbeat").stat().st_mtime
        except OSError:
            return float("inf")

    def take_reserve(self) -> None:
        """Reserve some space for the final status, in case the disk gets full. Raises OSError."""
        (self.folder / "reserve").write_bytes(bytes(_RESERVE_BYTES))

    def release_reserve(self) -> None:
        with suppress(OSError):
            (self.folder / "reserve").unlink(missing_ok=True)

    def request(self, verb: str, value: float | None = None) -> None:
        """Make a request to the worker: one of requests.VERBS. Raises OSError, ValueError."""
        requests.ask(self.folder / "requests", verb, value)

    def take_requests(self) -> list[str]:
        """Take the new requests, oldest first, as `verb` or `verb=value`.

        Raises OSError if the folder is gone.
        """
        return requests.take(self.folder / "requests")

    def delete(self) -> None:
        """Delete the run, even if it is in use: its folder is renamed in one step first. Raises OSError."""
        doomed = self.folder.with_name(f"{self.id}.deleted-{secrets.token_hex(4)}")
        os.rename(self.folder, doomed)
        shutil.rmtree(doomed, ignore_errors=True)


class RunStore:
    """All runs in a folder: `$EXPLORER_RUNS`, else `runs/` in the working directory.

    >>> from tempfile import mkdtemp
    >>> RunStore(mkdtemp()).list()
    []
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder).resolve() if folder else runs_folder()

    def create(self, recipe: Recipe, owner: str = "") -> Run:
        """Create a run that waits for a worker. Raises OSError, and then leaves nothing behind."""
        return self._create(lambda run: recipe.save(run.folder / "recipe.json"), owner)

    def create_recording(self, recording: Recording) -> Run:
        """Create a run that a loop of somebody's own fills. Raises OSError, and then leaves nothing behind."""
        return self._create(lambda run: recording.save(run.folder / FILE_NAME), owner="")

    def _create(self, save: Callable[[Run], None], owner: str) -> Run:
        run = Run(self.folder / secrets.token_hex(16))
        try:
            for part in (run.frames_folder, run.folder / "requests"):
                part.mkdir(parents=True)
            save(run)
            (run.folder / "owner").write_text(owner, encoding="utf-8")
            (run.folder / "heartbeat").touch()
            run.take_reserve()
            run.write_status(Status(created_s=time.time()))
        except OSError:
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
        return run

    @staticmethod
    def is_id(run_id: str) -> bool:
        """Return whether a run can have this id."""
        return isinstance(run_id, str) and _ID.fullmatch(run_id) is not None

    def open(self, run_id: str) -> Run:
        """Find the run of this id. The id is checked before it becomes a path. Raises UnknownRun."""
        if not self.is_id(run_id):
            raise UnknownRun(text("This is not the address of a run."))
        run = Run(self.folder / run_id)
        if not (run.folder / "status.json").is_file():
            raise UnknownRun(DELETED)
        return run

    def all(self) -> list[Run]:
        """List every folder named by a run's id, in no order; some may just have been deleted."""
        try:
            with os.scandir(self.folder) as entries:
                return [Run(self.folder / entry.name) for entry in entries if _ID.fullmatch(entry.name)]
        except OSError:
            return []

    def list(self, owner: str | None = None) -> list[Run]:
        """List all runs, newest first; with `owner`, theirs and unowned ones."""
        runs = [run for run in self.all() if (run.folder / "status.json").is_file()]
        if owner is not None:
            runs = [run for run in runs if run.owner in ("", owner)]
        return sorted(runs, key=lambda run: stamp_of(run.folder / "owner") or (0, 0, 0), reverse=True)
