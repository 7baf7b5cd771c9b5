"""Atomic file writes: a reader sees the old file or the new one, never half of it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

TEMPORARY_SUFFIX = ".writing"
_PATIENCE_S = 1.0

Result = TypeVar("Result")
Stamp = tuple[int, int, int]


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file under a temporary name, then rename it. Raises OSError; the old file is then still there."""
    temporary = temporary_for(path)
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        put_in_place(temporary, path)
    except OSError:
        discard(temporary)
        raise


def temporary_for(path: Path) -> Path:
    """Name a temporary file beside `path` that no other process or thread writes to."""
    return path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY_SUFFIX}")


def put_in_place(temporary: Path, path: Path) -> None:
    patiently(lambda: os.replace(temporary, path))


def discard(temporary: Path) -> None:
    """Remove a temporary file, if it exists and can be removed."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def read_atomic(path: Path) -> bytes:
    """Read a file that others may replace at any time. Raises OSError."""
    return patiently(path.read_bytes)


def patiently(action: Callable[[], Result]) -> Result:
    """Call `act`; on Windows, where a file that is open elsewhere can be neither replaced nor read, retry for a second.
    """
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return action()
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > until:
                raise
            time.sleep(0.01)


def stamp_of(path: Path) -> Stamp | None:
    """Return a stamp that changes with every write; None where the file does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
