"""Runs on disk: a folder each, found again by a random id, ended in a state with a reason whatever happens."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from explorer.recipe import Recipe
from explorer.text import Text, text

WAITING, TRAINING, PAUSED = "waiting", "training", "paused"
FINISHED, STOPPED, DIVERGED = "finished", "stopped", "diverged"
OUT_OF_MEMORY, CRASHED, INTERRUPTED = "out of memory", "crashed", "interrupted"
LIVE_STATES = (WAITING, TRAINING, PAUSED)
RESUMABLE_STATES = (STOPPED, CRASHED, INTERRUPTED, OUT_OF_MEMORY)
REQUESTS = ("pause", "resume", "one_batch", "one_epoch", "stop")

_ID = re.compile(r"[0-9a-f]{32}")
_START_GRACE_S = 30  # a run that no worker has taken up by then never will be
_RESERVE_BYTES = 65_536
_SILENCE_S = 20  # a heart that beats every half second and has been silent for so long has stopped


class UnknownRun(KeyError):
    """A run id that is malformed, or names no folder; `sentence` says so."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class Gone(Exception):
    """A run's folder was deleted, or cannot be read any more."""


@dataclass(frozen=True)
class Status:
    """How a run stands: its state, why, and who trains it. Times are seconds since the epoch (time.time)."""

    state: str = WAITING
    reason: Text | None = None
    created_s: float = 0.0
    pid: int = 0
    pid_created_s: float = 0.0
    host: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    def to_dict(self) -> dict[str, Any]:
        reason = {"template": self.reason.template, "values": dict(self.reason.values)} if self.reason else None
        return {**self.__dict__, "reason": reason}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Status:
        reason = stored.get("reason")
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        return cls(**{**known, "reason": text(reason["template"], **reason["values"]) if reason else None})


@dataclass(frozen=True)
class Run:
    """One run's folder."""

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
    def log_path(self) -> Path:
        return self.folder / "worker.log"

    @property
    def owner(self) -> str:
        """The key of the browser that started it; empty from the command line."""
        try:
            return (self.folder / "owner").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe it trains. Raises DocumentError where the file is damaged or gone."""
        return Recipe.load(self.folder / "recipe.json")

    def status(self) -> Status:
        """How it stands now; a live run whose worker is gone is found out here. Raises Gone."""
        status = self.stored_status()
        if status.is_live and (reason := self._death(status)):
            status = replace(status, state=INTERRUPTED, reason=reason)
            try:
                self.write_status(status)
            except OSError:
                pass  # a read-only folder: what was found out still holds
        return status

    def stored_status(self) -> Status:
        """How it stood when that was last written down. Raises Gone."""
        try:
            return Status.from_dict(json.loads((self.folder / "status.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise Gone(self.id) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return Status(CRASHED, text("The run's status file is damaged."))

    def _death(self, status: Status) -> Text | None:
        """Why a live run cannot be live, or None."""
        if status.pid == 0:
            late = time.time() - status.created_s > _START_GRACE_S
            return text("No worker took it up. See worker.log in the run's folder.") if late else None
        if status.host == socket.gethostname():
            return None if _is_alive(status) else text("Its worker process was killed, or the machine was restarted.")
        return text("Its worker has fallen silent.") if self.seconds_since_heartbeat() > _SILENCE_S else None

    def write_status(self, status: Status) -> None:
        _write_whole(self.folder / "status.json", json.dumps(status.to_dict()))

    def beat(self) -> None:
        """Show that the worker lives. Raises OSError where the folder is gone."""
        os.utime(self.folder / "heartbeat")

    def seconds_since_heartbeat(self) -> float:
        try:
            return time.time() - (self.folder / "heartbeat").stat().st_mtime
        except OSError:
            return float("inf")

    def release_reserve(self) -> None:
        """Give back the room kept for the last words of a run whose disk is full."""
        (self.folder / "reserve").unlink(missing_ok=True)

    def request(self, verb: str) -> None:
        """Ask the worker for something: one of REQUESTS. They are obeyed in order."""
        if verb not in REQUESTS:
            raise ValueError(f"no request is called {verb!r}")
        _write_whole(self.folder / "requests" / f"{time.time_ns():020d}-{verb}", "")

    def take_requests(self) -> list[str]:
        """What was asked since the last time, oldest first. Raises OSError where the folder is gone."""
        names = sorted(name for name in os.listdir(self.folder / "requests") if not name.endswith(".writing"))
        for name in names:
            (self.folder / "requests" / name).unlink(missing_ok=True)
        return [name.split("-", 1)[1] for name in names]


class RunStore:
    """All runs below a folder: `$EXPLORER_RUNS`, else `runs/` where the program was started."""

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder or os.environ.get("EXPLORER_RUNS") or "runs").resolve()

    def create(self, recipe: Recipe, owner: str = "") -> Run:
        """A new run, waiting for a worker. Raises OSError."""
        run = Run(self.folder / secrets.token_hex(16))
        for part in (run.frames_folder, run.folder / "requests"):
            part.mkdir(parents=True)
        recipe.save(run.folder / "recipe.json")
        (run.folder / "owner").write_text(owner, encoding="ascii")
        (run.folder / "heartbeat").touch()
        (run.folder / "reserve").write_bytes(bytes(_RESERVE_BYTES))
        run.write_status(Status(created_s=time.time()))
        return run

    def open(self, run_id: str) -> Run:
        """The run of this id; raises UnknownRun. The id is checked before it becomes a path."""
        if not isinstance(run_id, str) or not _ID.fullmatch(run_id):
            raise UnknownRun(text("This is no run's address."))
        run = Run(self.folder / run_id)
        if not (run.folder / "status.json").is_file():
            raise UnknownRun(text("This run is not here any more; its folder was deleted."))
        return run

    def list(self, owner: str | None = None) -> list[Run]:
        """All runs, newest first; with `owner`, those of this owner and those that belong to nobody."""
        try:
            folders = [Path(entry.path) for entry in os.scandir(self.folder) if _ID.fullmatch(entry.name)]
        except OSError:
            return []
        runs = [Run(folder) for folder in folders if (folder / "status.json").is_file()]
        if owner is not None:
            runs = [run for run in runs if run.owner in ("", owner)]
        return sorted(runs, key=lambda run: _modified_s(run.folder / "recipe.json"), reverse=True)


def _modified_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _is_alive(status: Status) -> bool:
    """Whether the worker's process runs: the same process, not another that was given its number."""
    try:
        process = psutil.Process(status.pid)
        return abs(process.create_time() - status.pid_created_s) < 2 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _write_whole(path: Path, content: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    temporary = path.with_name(path.name + ".writing")
    temporary.write_text(content, encoding="utf-8")
    os.replace(temporary, path)


