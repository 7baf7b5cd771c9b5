"""Requests to a training run: one empty file each, with its number and verb in its name."""

from __future__ import annotations

import itertools
import os
import re
import time
from pathlib import Path

from explorer.files.atomic import write_atomic

VERBS = ("pause", "resume", "one_batch", "one_epoch", "stop", "learning_rate", "speed", "sample")

_NAME = re.compile(rf"\d{{20}}-\d{{6}}-(?P<asked>({'|'.join(VERBS)})(=[0-9.e+-]{{1,30}})?)", re.ASCII)
_count = itertools.count()


def ask(folder: Path, verb: str, value: float | None = None) -> None:
    """Make a request, one of VERBS, `learning_rate`, `speed` (steps a second, 0: full) and `sample` with a value.

    Requests are handled in order. Each is numbered by the clock, after all that wait: a clock that was set back must
    not reorder them.
    Raises OSError, ValueError.
    """
    if verb not in VERBS:
        raise ValueError(f"no request is called {verb!r}")
    asked = verb if value is None else f"{verb}={value!r}"
    latest = max((int(name[:20]) for name in _waiting(folder)), default=0)
    number = f"{max(time.time_ns(), latest + 1):020d}-{next(_count) % 10**6:06d}"
    write_atomic(folder / f"{number}-{asked}", "")


def take(folder: Path) -> list[str]:
    """Take the new requests, oldest first, as `verb` or `verb=value`.

    Listing a folder is not atomic: a request may be missed that was made before one that is seen. So it is listed
    again, up to the latest one seen. Raises OSError if the folder is gone.
    """
    seen = _waiting(folder)
    names = [name for name in _waiting(folder) if name <= seen[-1]] if seen else []
    for name in names:
        (folder / name).unlink(missing_ok=True)
    return [_NAME.fullmatch(name)["asked"] for name in names]


def _waiting(folder: Path) -> list[str]:
    """List the names of the requests that wait, oldest first."""
    return sorted(filter(_NAME.fullmatch, os.listdir(folder)))
