"""The files of a zip or of a folder, one after another. A zip is somebody's upload: nothing in it is believed.

Nothing is ever unpacked to the disk. What the zip says of its sizes is not used: bytes are counted as they come.
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
MAX_DIRECTORY_BYTES = 16_000_000       # the list of files at a zip's end, which is held in memory as a whole
_CHUNK_BYTES = 1 << 18
_END, _END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _LOCATOR_BYTES, _MAX_COMMENT_BYTES = 22, 20, 1 << 16
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini"}


def is_ignored(path: str) -> bool:
    """Whether a file is none of the person's: hidden, or left by a file manager."""
    return any(part.startswith(".") or part in _IGNORED for part in path.split("/"))


def read_zip(file: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every file of a zip, hidden ones left out. Raises Refused before the first one or at any."""
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
        raise Refused(text("{file} is damaged and cannot be unpacked. Pack it anew.", file=short(name))) from error


def _check_end(file: BinaryIO, name: str) -> int:
    """The size of the file, once its last bytes are those of a zip whose list of files is not too long."""
    size_bytes = file.seek(0, os.SEEK_END)
    if not size_bytes:
        raise Refused(text("{file} is empty.", file=short(name)))
    start = file.seek(max(0, size_bytes - _END_BYTES - _MAX_COMMENT_BYTES - _LOCATOR_BYTES))
    tail = file.read(size_bytes - start)
    found = tail.rfind(_END)
    if found < 0 or len(tail) - found < _END_BYTES:
        raise Refused(text("{file} is no zip file, whatever its name says. Put one folder for every class into a "
                           "folder, and pack that as a zip.", file=short(name)))
    directory_bytes = struct.unpack_from("<I", tail, found + 12)[0]
    is_large = tail[max(0, found - _LOCATOR_BYTES):found].startswith(_END_OF_LARGE)
    if is_large or directory_bytes > MAX_DIRECTORY_BYTES:
        raise _too_many(name)
    file.seek(0)
    return size_bytes


def _too_many(name: str) -> Refused:
    return Refused(text("{file} holds more than {limit:,} files. Leave some out.", file=short(name), limit=MAX_FILES))


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    """Raises Refused for what no zip of images has in it."""
    if len(members) > MAX_FILES:
        raise _too_many(name)
    for member in members:
        inside = {"file": short(name), "inside": short(member.orig_filename)}
        if _ABSOLUTE.match(member.orig_filename) or ".." in re.split(r"[/\\]", member.orig_filename):
            raise Refused(text("{file} was refused: {inside} leads out of the zip.", **inside))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Refused(text("{file} was refused: {inside} is a link to another file. Pack the files themselves.",
                               **inside))
        if member.flag_bits & 1:
            raise Refused(text("{file} is encrypted: {inside} needs a password. Pack it without one.", **inside))
        if member.compress_type not in _READABLE:
            raise Refused(text("{file} is packed in an uncommon way ({inside}). Pack it as an ordinary zip.", **inside))


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, left_bytes: int) -> bytes:
    """The bytes of one file, read in pieces and given up as soon as they are too many."""
    chunks, size_bytes = [], 0
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            chunks.append(chunk)
            size_bytes += len(chunk)
            if size_bytes > MAX_FILE_BYTES:
                raise Refused(text("{file} was refused: {inside} is larger than {limit}.", file=short(name),
                                   inside=short(member.filename), limit=format_bytes(MAX_FILE_BYTES)))
            if size_bytes > left_bytes:
                raise Refused(text("{file} was refused: unpacked it is larger than {limit}.",
                                   file=short(name), limit=format_bytes(MAX_UNPACKED_BYTES)))
    return b"".join(chunks)


def _check_ratio(unpacked_bytes: int, packed_bytes: int, name: str) -> None:
    if unpacked_bytes > RATIO_COUNTS_FROM_BYTES and unpacked_bytes > MAX_RATIO * packed_bytes:
        raise Refused(text("{file} was refused: it unpacks to more than {ratio} times its size, as no images do.",
                           file=short(name), ratio=MAX_RATIO))


def read_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every file below a folder, in order of their names; links and hidden files are left out.

    Raises Refused where it holds too many, or one too large, and OSError where one cannot be read.
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
