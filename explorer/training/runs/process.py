"""Processes that train runs, as a run's status names them."""

from __future__ import annotations

import socket
from typing import Any

import psutil

from explorer.training.runs.status import Status

_SAME_WITHIN_S = 2


def identify(pid: int | None = None) -> dict[str, Any]:
    """Name a process, this one by default, in the fields of a Status. Raises psutil.Error.

    >>> is_alive(Status(**identify()))
    True
    """
    process = psutil.Process(pid)
    return {"pid": process.pid, "pid_created_s": process.create_time(), "host": socket.gethostname()}


def is_alive(status: Status) -> bool:
    """Return whether the process that trains the run is alive, and not another process with its number."""
    try:
        process = psutil.Process(int(status.pid))
        same = abs(process.create_time() - status.pid_created_s) < _SAME_WITHIN_S
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False
