"""Downloads of published files: streamed, verified by their published checksums, all files or none."""

from __future__ import annotations

import hashlib
import http.client
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.data.dataset import DataMissing, Progress, folder
from explorer.text import Text, text

CHUNK_BYTES = 1 << 18
TIMEOUT_S = 30


@dataclass(frozen=True)
class Remote:
    """A published file: the addresses to try in turn, and its checksum."""

    urls: tuple[str, ...]
    md5: str


class _Refused(Exception):
    def __init__(self, reason: Text) -> None:
        self.reason = reason


@dataclass
class _Counter:
    """Bytes of all files so far; the total grows if more arrive than were published."""

    progress: Progress
    total_bytes: int
    done_bytes: int = 0

    def add(self, size_bytes: int) -> None:
        self.done_bytes += size_bytes
        if size_bytes > 0:
            self.progress(self.done_bytes, max(self.done_bytes, self.total_bytes))


def fetch(title: str, into: str, remotes: tuple[Remote, ...], unpack: Callable[[Path, Remote, Path], None],
          progress: Progress, total_bytes: int) -> None:
    """Download all `remotes`, `unpack(file, remote, folder)` each, then move the results to `into` in the data folder.

    No file appears there before all have arrived and passed their checksums. Raises DataMissing; exceptions of
    `progress(done_bytes, total_bytes)` pass through, so that a person can cancel.
    """
    place = folder() / into
    counter = _Counter(progress, total_bytes)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder()) as scratch:
            arrived, ready = Path(scratch) / "arrived", Path(scratch) / "ready"
            ready.mkdir()
            for remote in remotes:
                _fetch_any(remote, arrived, counter)
                unpack(arrived, remote, ready)
            _move_all(ready, place)
    except _Refused as error:
        raise _not_downloaded(title, place, error.reason) from error
    except OSError as error:
        reason = text("{folder} cannot be written to ({error})", folder=str(folder()),
                      error=error.strerror or str(error))
        raise _not_downloaded(title, place, reason) from error
    progress(counter.done_bytes, counter.done_bytes)


def _move_all(ready: Path, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for file in ready.iterdir():
        file.replace(place / file.name)


def _not_downloaded(title: str, place: Path, reason: Text) -> DataMissing:
    return DataMissing(text("{title} could not be downloaded: {reason}. Put its files into {folder}, or choose "
                            "Handwritten digits, which are included.", title=title, reason=reason, folder=str(place)))


def _fetch_any(remote: Remote, target: Path, counter: _Counter) -> None:
    """Try each address in turn."""
    refused = _Refused(text("no address is known"))
    for url in remote.urls:
        start_bytes = counter.done_bytes
        try:
            return _fetch_one(url, remote.md5, target, counter)
        except _Refused as error:
            refused = error
            counter.add(start_bytes - counter.done_bytes)
    raise refused


def _fetch_one(url: str, md5: str, target: Path, counter: _Counter) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    with _open(url) as response, target.open("wb") as file:
        while chunk := _read(response):
            file.write(chunk)
            digest.update(chunk)
            counter.add(len(chunk))
    if digest.hexdigest() != md5:
        raise _Refused(text("the file that arrived is not the published one (its checksum differs)"))


def _open(url: str) -> http.client.HTTPResponse:
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "layerscope"})
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        raise _Refused(text("the server answered {status}", status=error.code)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Refused(text("no connection")) from error


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _Refused(text("the connection was lost")) from error
