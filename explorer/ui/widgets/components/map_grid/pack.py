"""Maps packed for the browser: the shown part of a large array, and the bytes that carry it exactly.

The message is a little-endian uint32 with the header's length, the header as JSON padded with blanks to
a multiple of four, then every row's float32 values one after the other. No streamlit here.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.formatting import format_number, format_shape
from explorer.results import ImageGrid
from explorer.text import Text, text

MAX_MAPS = 64
MAX_SIDE = 64
MAX_CELLS = 1024

Say = Callable[[str | Text], str]


@dataclass(frozen=True)
class MapRow:
    """The maps of one node. `subtitle` defaults to the shape, `limit` (end of the scale) to the largest magnitude."""

    grid: ImageGrid
    subtitle: str | Text = ""
    limit: float | None = None


@dataclass(frozen=True)
class Shown:
    """The part of a grid that is sent. values: (map, height, width); `step`: every step-th pixel of each side.

    As a strip each value is a cell of its own: values (line, 1, cell).
    """

    values: np.ndarray
    strip: bool = False
    step: int = 1
    notes: tuple[Text, ...] = ()


def choose_shown(values: np.ndarray) -> Shown:
    """Choose the part of (map, height, width) that fits the page: at most 64 maps of 64×64, or 1,024 cells of a vector.
    """
    if values.ndim != 3:
        raise ValueError(f"A map grid needs values of (map, height, width), not an array of shape {values.shape}.")
    count, height, width = values.shape
    if height == 1 and (width == 1 or count == 1):
        return _shown_strip(values.reshape(1, 1, -1))
    if height == 1:
        return _shown_strip(values)
    step = max(1, math.ceil(max(height, width) / MAX_SIDE))
    notes = _first_note(count, MAX_MAPS) + _step_note(step)
    return Shown(values[:MAX_MAPS, ::step, ::step], step=step, notes=notes)


def _shown_strip(lines: np.ndarray) -> Shown:
    count, _, cells = lines.shape
    notes = _first_note(count, MAX_MAPS) + _first_note(cells, MAX_CELLS)
    return Shown(lines[:MAX_MAPS, :, :MAX_CELLS], strip=True, notes=notes)


def _step_note(step: int) -> tuple[Text, ...]:
    ordinal = {1: None, 2: text("every second pixel shown"), 3: text("every third pixel shown")}
    note = ordinal.get(step, text("every {step}th pixel shown", step=step))
    return (note,) if note else ()


def _first_note(count: int, most: int) -> tuple[Text, ...]:
    return (text("first {most:,} of {count:,}", most=most, count=count),) if count > most else ()


def finite_limit(values: np.ndarray) -> float:
    """Find the largest finite magnitude, 1 where there is none or all is zero: NaN must not hide the valid values."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0)) or 1.0


def describe_row(row: MapRow) -> Text:
    """Describe the row for screen readers: title, shape, smallest, largest and mean value."""
    values = np.asarray(row.grid.values)
    finite = values[np.isfinite(values)].astype(np.float64)
    named = {"title": row.grid.title, "shape": format_shape(values.shape)}
    if not finite.size:
        return text("{title}, {shape}: no finite values", **named)
    low, high, mean = (format_number(float(value)) for value in (finite.min(), finite.max(), finite.mean()))
    return text("{title}, {shape}: minimum {low}, maximum {high}, mean {mean}", low=low, high=high, mean=mean, **named)


def pack_rows(
    rows: Sequence[MapRow | ImageGrid], options: Mapping[str, Any] | None = None, say: Say = str
) -> bytes:
    """Pack the message for these rows; `options` are more entries of the header (words, colors, selection)."""
    shown = [choose_shown(np.asarray(as_row(row).grid.values)) for row in rows]
    header = {"rows": [_row_header(as_row(r), s, say) for r, s in zip(rows, shown, strict=True)], **(options or {})}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 4)
    values = (np.ascontiguousarray(s.values, dtype="<f4").tobytes() for s in shown)
    return struct.pack("<I", len(encoded)) + encoded + b"".join(values)


def as_row(row: MapRow | ImageGrid) -> MapRow:
    """Make a row without extras of a bare grid."""
    return MapRow(row) if isinstance(row, ImageGrid) else row


def _row_header(row: MapRow, shown: Shown, say: Say) -> dict[str, Any]:
    grid, values = row.grid, np.asarray(row.grid.values)
    count, height, width = shown.values.shape
    return {
        "title": grid.title,
        "subtitle": say(row.subtitle) if row.subtitle else format_shape(values.shape),
        "notes": [say(note) for note in (grid.note, *shown.notes) if note],
        "warning": ", ".join(say(part) for part in _missing(values)),
        "description": say(describe_row(row)),
        "count": count, "height": height, "width": width,
        "strip": shown.strip, "step": shown.step,
        "cells_are_maps": values.shape[1:] == (1, 1),
        "labels": list(grid.labels[: max(count, width if shown.strip else 0)]),
        "axis": say(grid.axis),
        "unit": grid.unit,
        "signed": grid.signed,
        "limit": row.limit or finite_limit(values),
    }  # fmt: skip


def _missing(values: np.ndarray) -> list[Text]:
    nan, infinite = int(np.isnan(values).sum()), int(np.isinf(values).sum())
    parts = [text("{count:,} not a number", count=nan)] if nan else []
    return [*parts, text("{count:,} infinite", count=infinite)] if infinite else parts
