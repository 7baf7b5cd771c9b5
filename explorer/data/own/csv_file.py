"""Cells of a CSV file as words, with its encoding, delimiter and header detected and malformed rows counted.

Read with pyarrow, which keeps a million rows as bytes; the csv module would make a Python object of every cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv

from explorer.data.own.record import Refused, short
from explorer.formatting import format_bytes
from explorer.text import Text, text

MAX_BYTES = 200_000_000
MAX_ROWS, MIN_ROWS = 2_000_000, 10
MAX_COLUMNS = 1_000
MAX_CELLS = 20_000_000
_BLOCK_BYTES = 16_000_000              # no row may be longer
_HEAD_BYTES, _HEAD_ROWS = 1 << 16, 50
_DELIMITERS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
class Cells:
    """A table of words: a name and an array of strings per column. `done`: notes on how it was read."""

    names: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    decimal_comma: bool
    done: tuple[Text, ...]


def read_cells(content: bytes, name: str) -> Cells:
    """Read the cells of a CSV file; columns without a unique name are given one. Raises Refused."""
    words, done = _decode(content, name)
    head = words[:_HEAD_BYTES]
    delimiter = _delimiter(head)
    rows = _head_rows(head, delimiter)
    _check_size(words, len(rows[0]), name)
    has_header = not any(_NUMBER.fullmatch(cell.strip()) for cell in rows[0])
    names, renamed = _names(rows[0] if has_header else [""] * len(rows[0]))
    if renamed and has_header:
        done.append(text("Columns without a name of their own got one: {names}.", names=short(", ".join(renamed))))
    _check_enough(words.strip().count(b"\n") + 1 - has_header, name)
    columns, malformed = _parse(words, delimiter, names, has_header, name)
    _check_enough(len(columns[0]), name)
    if malformed:
        done.append(text("Rows with another number of cells than the first were left out: {count:,}.", count=malformed))
    return Cells(names, columns, delimiter != ",", tuple(done))


def _decode(content: bytes, name: str) -> tuple[bytes, list[Text]]:
    """Convert the file to UTF-8 without a byte order mark or leading empty lines; returns it with notes."""
    if len(content) > MAX_BYTES:
        raise Refused(text("{file} is larger than {limit}.", file=short(name), limit=format_bytes(MAX_BYTES)))
    done: list[Text] = []
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            content = content.decode("utf-16").encode()
        content.decode()
    except UnicodeDecodeError:
        content = content.decode("cp1252", errors="replace").encode()
        done.append(text("The file is not in UTF-8; it was read as Western European (Windows-1252, Latin-1)."))
    if b"\0" in content:
        raise Refused(text("{file} is not a table: it contains NUL bytes, as programs and images do.",
                           file=short(name)))
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if not content.strip():
        raise Refused(text("{file} is empty.", file=short(name)))
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")  # line ends of the first Macs
    return content, done


def _head_rows(head: bytes, delimiter: str) -> list[list[str]]:
    """Read the first rows, without one that is cut off at the end of the head."""
    lines = head if len(head) < _HEAD_BYTES else head[:head.rfind(b"\n") + 1] or head
    reader = csv.reader(io.StringIO(lines.decode(errors="replace")), delimiter=delimiter)
    try:
        return [row for row, _ in zip((row for row in reader if row), range(_HEAD_ROWS))] or [[""]]
    except csv.Error:
        return [[""]]


def _delimiter(head: bytes) -> str:
    """Detect the delimiter: the one that splits most rows into the same number of cells, more than one."""
    def evenness(delimiter: str) -> tuple[float, int]:
        rows = _head_rows(head, delimiter)
        cells, times = Counter(map(len, rows)).most_common(1)[0]
        return (times / len(rows), cells) if cells > 1 else (0.0, 0)

    return max(_DELIMITERS, key=evenness)


def _check_size(words: bytes, columns: int, name: str) -> None:
    """Raise Refused if the table is too large, before it is read."""
    if columns > MAX_COLUMNS:
        raise Refused(text("{file} has {count:,} columns; at most {limit:,} can be read.",
                           file=short(name), count=columns, limit=MAX_COLUMNS))
    rows = words.count(b"\n")
    limit = min(MAX_ROWS, MAX_CELLS // columns)
    if rows > limit + 1:
        raise Refused(text("{file} has about {count:,} rows; with {columns:,} columns at most {limit:,} can be read.",
                           file=short(name), count=rows, columns=columns, limit=limit))


def _check_enough(rows: int, name: str) -> None:
    if rows < MIN_ROWS:
        raise Refused(text("{file} has too few rows of data: {count}; at least {limit} are needed.",
                           file=short(name), count=rows, limit=MIN_ROWS))


def _names(header: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Make unique names for all columns; returns them with those that were made up."""
    names: list[str] = []
    made: list[str] = []
    for number, cell in enumerate(header, 1):
        wanted = " ".join(cell.split())[:120] or f"column {number}"
        name, count = wanted, 1
        while name in names or (name != wanted and name in header):
            count += 1
            name = f"{wanted} ({count})"
        if name != " ".join(cell.split()):
            made.append(name)
        names.append(name)
    return tuple(names), made


def _parse(words: bytes, delimiter: str, names: tuple[str, ...], has_header: bool,
           name: str) -> tuple[tuple[pa.ChunkedArray, ...], int]:
    """Parse the cells; returns the columns, and how many rows were left out."""
    malformed = 0

    def leave_out(_row: pyarrow.csv.InvalidRow) -> str:
        nonlocal malformed
        malformed += 1
        return "skip"

    keys = [str(number) for number in range(len(names))]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(words),
            pyarrow.csv.ReadOptions(column_names=keys, skip_rows_after_names=int(has_header), use_threads=False,
                                    block_size=_BLOCK_BYTES),
            pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in words,
                                     invalid_row_handler=leave_out),
            pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string()), strings_can_be_null=False))
    except pa.ArrowInvalid as error:
        raise Refused(text("{file} cannot be read as a table: its quotes or its lines do not match up.",
                           file=short(name))) from error
    return tuple(table.columns), malformed
