"""Status of a run, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.text import Text, text

WAITING, TRAINING, PAUSED = "waiting", "training", "paused"
FINISHED, STOPPED, DIVERGED = "finished", "stopped", "diverged"
OUT_OF_MEMORY, CRASHED, INTERRUPTED = "out of memory", "crashed", "interrupted"
LIVE_STATES = (WAITING, TRAINING, PAUSED)
STATES = (*LIVE_STATES, FINISHED, STOPPED, DIVERGED, OUT_OF_MEMORY, CRASHED, INTERRUPTED)
RESUMABLE_STATES = (STOPPED, CRASHED, INTERRUPTED, OUT_OF_MEMORY)
NEWER = "newer version"  # how a run reads that only a newer version of the program knows; no file holds it
_FAR_FUTURE_S = 1e11  # the year 5138; calendars end soon after
VERSION = 1  # of a status file; one without a version has the first


@dataclass(frozen=True)
class Status:
    """A run's state, why, and who trains it. Times are seconds since the epoch (time.time).

    queued_s: when it was queued for its `device`; 0 if it is not. asked_s: when a worker was last asked to train it; 0
    if none was. device: empty if it was never queued.

    >>> Status().state, Status().is_live
    ('waiting', True)
    """

    state: str = WAITING
    reason: Text | None = None
    created_s: float = 0.0
    asked_s: float = 0.0
    pid: int = 0
    pid_created_s: float = 0.0
    host: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    queued_s: float = 0.0
    device: str = ""

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def is_queued(self) -> bool:
        """Return whether it waits in the queue; no worker has been asked yet."""
        return self.state == WAITING and self.queued_s > 0

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason.to_dict() if self.reason else None
        return {"version": VERSION, **self.__dict__, "reason": reason, "summary": dict(self.summary)}

    @classmethod
    def from_dict(cls, stored: Any) -> Status:
        """Parse a stored status. Raises ValueError, TypeError, KeyError or AttributeError if it is not one."""
        if _version_of(stored) > VERSION:
            return newer(stored.get("created_s"))
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        numbers = (known.get(name, 0) for name in ("created_s", "queued_s", "asked_s", "pid", "pid_created_s"))
        is_valid = all(isinstance(n, int | float) and n >= 0 for n in numbers) \
            and isinstance(known.get("device", ""), str)
        if known.get("state") not in STATES or not is_valid:
            raise ValueError("no status")
        reason = known.pop("reason", None)
        return cls(**{**known, "summary": dict(known.get("summary", {}))}, reason=reason and Text.from_dict(reason))


def newer(created_s: Any) -> Status:
    """Make the status of a run that a newer version of the program wrote."""
    known = isinstance(created_s, int | float) and 0 <= created_s < _FAR_FUTURE_S
    return Status(NEWER, text("This run was recorded by a newer version of Layerscope."), created_s if known else 0.0)


def _version_of(stored: Any) -> int:
    version = stored.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError("no version")
    return version
