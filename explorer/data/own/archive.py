"""Files of a zip or of a folder, one after another. A zip is an upload: nothing in it is trusted.

Nothing is ever unpacked to disk. The sizes stated in the zip are not used: bytes are counted as they are read.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from explorer.data.own.record import Refused, short
from explorer.formatting import format_bytes
from explorer.text import text

MAX_FILES = 60_000
MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 2_000_000_000
MAX_RATIO = 100                        # photographs hardly shrink in a zip, drawings by 10 at most
RATIO_COUNTS_FROM_BYTES = 50_000_000
MAX_DIRECTORY_BYTES = 16_000_000       # the list of files at a zip's end, which is held in memory
_CHUNK_BYTES = 1 << 18
_END, _END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _LOCATOR_BYTES, _MAX_COMMENT_BYTES = 22, 20, 1 << 16
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini"}


def is_ignored(path: str) -> bool:
    """Check for a hidden file, or one left by a file manager."""
    return any(part.startswith(".") or part in _IGNORED for part in path.split("/"))


def read_zip(file: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of every file of a zip but hidden ones. Raises Refused before the first or at any file."""
    size_bytes = _check_end(file, name)
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check_members(members, name)
            unpacked_bytes = 0
            for member in members:
                if not is_ignored(member.filename):
                    content = _read_member(archive, member, name, MAX_UNPACKED_BYTES - unpacked_bytes)
                    unpacked_bytes += len(content)
                    _check_ratio(unpacked_bytes, size_bytes, name)
                    yield member.filename.replace("\\", "/"), content
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError, NotImplementedError) as error:
        raise Refused(text("{file} is damaged and cannot be unpacked. Zip it again.", file=short(name))) from error


def _check_end(file: BinaryIO, name: str) -> int:
    """Check that the file ends like a zip and its list of files is not too long; returns its size."""
    size_bytes = file.seek(0, os.SEEK_END)
    if not size_bytes:
        raise Refused(text("{file} is empty.", file=short(name)))
    start = file.seek(max(0, size_bytes - _END_BYTES - _MAX_COMMENT_BYTES - _LOCATOR_BYTES))
    tail = file.read(size_bytes - start)
    found = tail.rfind(_END)
    if found < 0 or len(tail) - found < _END_BYTES:
        raise Refused(text("{file} is not a zip file, despite its name. Put one folder per class into a folder, and "
                           "zip that.", file=short(name)))
    directory_bytes = struct.unpack_from("<I", tail, found + 12)[0]
    is_large = tail[max(0, found - _LOCATOR_BYTES):found].startswith(_END_OF_LARGE)
    if is_large or directory_bytes > MAX_DIRECTORY_BYTES:
        raise _too_many(name)
    file.seek(0)
    return size_bytes


def _too_many(name: str) -> Refused:
    return Refused(text("{file} contains more than {limit:,} files. Remove some.", file=short(name), limit=MAX_FILES))


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    """Raise Refused for members that no zip of images should have."""
    if len(members) > MAX_FILES:
        raise _too_many(name)
    for member in members:
        inside = {"file": short(name), "inside": short(member.orig_filename)}
        if _ABSOLUTE.match(member.orig_filename) or ".." in re.split(r"[/\\]", member.orig_filename):
            raise Refused(text("{file} was refused: {inside} points outside the zip.", **inside))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Refused(text("{file} was refused: {inside} is a link to another file. Zip the files themselves.",
                               **inside))
        if member.flag_bits & 1:
            raise Refused(text("{file} is encrypted: {inside} needs a password. Zip it without one.", **inside))
        if member.compress_type not in _READABLE:
            raise Refused(text("{file} uses an unsupported compression ({inside}). Create an ordinary zip.", **inside))


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, left_bytes: int) -> bytes:
    """Read one file in chunks, stopping as soon as it is too large."""
    chunks, size_bytes = [], 0
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            chunks.append(chunk)
            size_bytes += len(chunk)
            if size_bytes > MAX_FILE_BYTES:
                raise Refused(text("{file} was refused: {inside} is larger than {limit}.", file=short(name),
                                   inside=short(member.filename), limit=format_bytes(MAX_FILE_BYTES)))
            if size_bytes > left_bytes:
                raise Refused(text("{file} was refused: it unpacks to more than {limit}.",
                                   file=short(name), limit=format_bytes(MAX_UNPACKED_BYTES)))
    return b"".join(chunks)


def _check_ratio(unpacked_bytes: int, packed_bytes: int, name: str) -> None:
    if unpacked_bytes > RATIO_COUNTS_FROM_BYTES and unpacked_bytes > MAX_RATIO * packed_bytes:
        raise Refused(text("{file} was refused: it unpacks to more than {ratio} times its size, which images never do.",
                           file=short(name), ratio=MAX_RATIO))


def read_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of every file below a folder, sorted by name, without links and hidden files.

    Raises Refused if there are too many, or one is too large, and OSError if one cannot be read.
    """
    count = 0
    for here, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(here, file)
            inside = path.relative_to(folder).as_posix()
            if is_ignored(inside) or not stat.S_ISREG(path.lstat().st_mode):
                continue
            count += 1
            if count > MAX_FILES:
                raise _too_many(folder.name)
            if path.stat().st_size > MAX_FILE_BYTES:
                raise Refused(text("{file} was refused: {inside} is larger than {limit}.", file=short(folder.name),
                                   inside=short(inside), limit=format_bytes(MAX_FILE_BYTES)))
            yield inside, path.read_bytes()
