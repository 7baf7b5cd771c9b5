"""Small JSON files that a server keeps for people: written atomically, read with care."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.document import DocumentError, parse_json
from explorer.document.reading import MAX_FILE_BYTES
from explorer.files.atomic import read_atomic, write_atomic
from explorer.text import Text, text

MAX_NAME_LENGTH = 120


def read_object(path: Path) -> dict[str, Any]:
    """Read the JSON object in a file. Raises FileNotFoundError; else DocumentError, which names no path of the
    server's."""
    try:
        content = read_atomic(path) if path.stat().st_size <= MAX_FILE_BYTES else None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DocumentError(text("Its file cannot be read: {why}.",
                                 why=error.strerror or type(error).__name__)) from None
    found = None if content is None else parse_json(content)
    if not isinstance(found, dict):
        raise DocumentError(text("Its file is damaged."))
    return found


@contextmanager
def told_as(what: Text) -> Iterator[None]:
    """Prefix the reason with what cannot be opened."""
    try:
        yield
    except DocumentError as error:
        raise type(error)(text("{what} {why}", what=what, why=error.sentence)) from None


def write_object(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file atomically. Raises OSError; the old file is then still there."""
    write_atomic(path, json.dumps(content))


def checked_name(name: str) -> str:
    """Check and strip a name given by a person: 1 to 120 characters of any script. Raises DocumentError.

    >>> checked_name("  My network ")
    'My network'
    """
    name = name.strip()
    if not name:
        raise DocumentError(text("A name needs at least one character."))
    if len(name) > MAX_NAME_LENGTH:
        raise DocumentError(text("A name can have at most {limit} characters; this one has {count:,}.",
                                 limit=MAX_NAME_LENGTH, count=len(name)))
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise DocumentError(text("This name contains characters that are not valid Unicode."))
    return name
