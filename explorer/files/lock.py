"""A lock on a folder: one writer at a time, among all threads and processes."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE_S = 10.0


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the only write access to this folder, among all threads and processes; creates the folder if needed.

    The system gives the lock back when a process ends, however that happens. Raises OSError, also after ten seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "ab") as file:
        until = time.monotonic() + PATIENCE_S
        while not _try_lock(file.fileno()):
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another program holds the folder")
            time.sleep(0.005)
        try:
            yield
        finally:
            _unlock(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:  # a network file system without locks: better saved without one than not at all
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
        return True

    def _unlock(file: int) -> None:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)
