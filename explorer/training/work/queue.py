"""The queue of started runs: a limited number trains at once on each device, in the order of their start.

The queue follows from the status files of the runs, so that nothing else is kept, and nothing is lost with a server.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

from explorer.document import DocumentError
from explorer.environment import pick_device
from explorer.files.atomic import Stamp, stamp_of
from explorer.files.lock import locked
from explorer.text import text
from explorer.training.loop.processor import count_cores
from explorer.training.runs.status import PAUSED, STOPPED, Status
from explorer.training.runs.store import Run, RunDeleted, RunStore

LIMIT_VARIABLE = "EXPLORER_RUNS_AT_ONCE"
_SETTLED_AFTER_S = 0.1  # a file written just now may be written again without its time showing it
_ONE_LIMIT = re.compile(r"(?:(cpu|cuda|mps)\s*=)?\s*([1-9][0-9]{0,3})", re.ASCII)

log = logging.getLogger(__name__)


def limit_of(device: str) -> int:
    """Return how many runs train at once on a device: $EXPLORER_RUNS_AT_ONCE (`2`, or `cuda=1,cpu=3`), else one on a
    GPU, and one per core but one on a CPU."""
    given = _given_limits(os.environ.get(LIMIT_VARIABLE, "").strip())
    return given.get(device) or given.get("") or (max(1, count_cores() - 1) if device == "cpu" else 1)


@lru_cache(maxsize=8)  # so that what is wrong with it is logged once
def _given_limits(given: str) -> dict[str, int]:
    """Parse the limits by device, that of all others under the empty name."""
    parts = [_ONE_LIMIT.fullmatch(part.strip()) for part in given.split(",")] if given else []
    if not all(parts):
        log.warning("%s is set to %r, which is no limit; write 2, or cuda=1,cpu=3", LIMIT_VARIABLE, given)
        return {}
    return {part[1] or "": int(part[2]) for part in parts}


@dataclass(frozen=True)
class Started:
    """A run that was started and has not ended, with its status when the queue was read."""

    run: Run
    status: Status


@dataclass(frozen=True)
class QueueState:
    """The runs that train, and those that wait, in the order of their start. A paused run is in neither."""

    training: tuple[Started, ...] = ()
    waiting: tuple[Started, ...] = ()

    def place_of(self, run: Run) -> Place | None:
        """Return a run's place; None if it does not wait."""
        found = next((each for each in self.waiting if each.run.id == run.id), None)
        if found is None:
            return None
        device = found.status.device
        same = [each.run for each in self.waiting if each.status.device == device]
        training = tuple(each.run for each in self.training if each.status.device == device)
        ahead = same[:[each.id for each in same].index(run.id)]
        return Place(device, len(ahead) + 1, len(same), tuple(ahead), training)

    def next(self) -> list[Run]:
        """List the waiting runs that there is room for."""
        busy = Counter(each.status.device for each in self.training)
        found = []
        for each in self.waiting:
            device = each.status.device
            if busy[device] < limit_of(device):
                busy[device] += 1
                found.append(each.run)
        return found


@dataclass(frozen=True)
class Place:
    """The place of a waiting run in its device's queue, 1 being the next; who is ahead of it, and who trains now."""

    device: str
    number: int
    length: int
    ahead: tuple[Run, ...]
    training: tuple[Run, ...]


class Queue:
    """The queue of one store. Any number of servers may advance it, one at a time by the store's lock."""

    def __init__(self, runs: RunStore) -> None:
        self.runs = runs
        self._known: dict[str, tuple[Stamp, Status]] = {}
        self._reading = threading.Lock()
        self._state, self._read_s = QueueState(), float("-inf")

    def read(self, max_age_s: float = 0.0) -> QueueState:
        """Read the queue, or return one read at most `max_age_s` ago. Checks the time stamp of every run's status."""
        with self._reading:
            if time.monotonic() - self._read_s > max_age_s:
                self._state = self._collect()
                self._read_s = time.monotonic()
            return self._state

    def _collect(self) -> QueueState:
        statuses = {run: status for run in self.runs.all() if (status := self._status_of(run))}
        self._known = {run.id: self._known[run.id] for run in statuses if run.id in self._known}
        live = [Started(run, status) for run, status in statuses.items() if status.is_live and status.device]
        waiting = sorted((each for each in live if each.status.is_queued),
                         key=lambda each: (each.status.queued_s, each.run.id))
        return QueueState(tuple(each for each in live if not each.status.is_queued and each.status.state != PAUSED),
                          tuple(waiting))

    def _status_of(self, run: Run) -> Status | None:
        """Read a status if its file has changed, and check on its worker only if there should be one."""
        stamp = stamp_of(run.folder / "status.json")
        if stamp is None:
            return None
        known_stamp, status = self._known.get(run.id, (None, None))
        try:
            if stamp != known_stamp:
                status = run.stored_status()
            if status.is_live and not status.is_queued:
                status = run.status()
        except RunDeleted:
            return None
        if time.time_ns() - stamp[0] > _SETTLED_AFTER_S * 1e9:
            self._known[run.id] = stamp, status
        return status

    def add(self, run: Run) -> None:
        """Put a run at the end of its device's queue. Raises OSError or RunDeleted."""
        run.enqueue(_device_of(run))

    def cancel(self, run: Run) -> bool:
        """Remove a waiting run from the queue; returns whether it still waited. Raises OSError or RunDeleted."""
        with locked(self.runs.folder):
            status = run.stored_status()
            if not status.is_queued:
                return False
            reason = text("Canceled while it was queued.")
            run.write_status(replace(status, state=STOPPED, reason=reason, queued_s=0.0))
            return True


def _device_of(run: Run) -> str:
    try:
        return pick_device(run.recipe.device)[0]
    except DocumentError:  # the worker will say what is wrong with it
        return "cpu"
