"""A person's own data from this machine's disk, for the library and the command line."""

from __future__ import annotations

from pathlib import Path

from explorer.data.own.images import read_images
from explorer.data.own.record import DEFAULT_SIZE_PX, Prepared, Refused, short
from explorer.data.own.tables import prepare, read_table
from explorer.data.own.text_file import read_text
from explorer.text import text

TEXT_SUFFIXES = (".txt", ".md")


def read_local(path: Path, target: str | None = None, size_px: int = DEFAULT_SIZE_PX, color: bool = True) -> Prepared:
    """Read a folder or a zip of images, a text, or else a table, whose target is by default its last column.

    Raises Refused.
    """
    name = path.resolve().name
    try:
        if path.is_dir():
            return read_images(path, name, size_px, color)
        if path.suffix.lower() == ".zip":
            with path.open("rb") as file:
                return read_images(file, name, size_px, color)
        if path.suffix.lower() in TEXT_SUFFIXES:
            return read_text(path, name)
        table = read_table(path, name)
    except OSError as error:
        raise Refused(text("{file} cannot be read: {why}.", file=short(name), why=error.strerror or "")) from error
    return prepare(table, table.columns[-1].name if target is None else target)
