"""Maps on their way to the browser: what is shown of a large array, and the bytes that carry it exactly.

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

from explorer.figures.numbers import format_number
from explorer.results import ImageGrid
from explorer.text import Text, shape_text, text

MAX_MAPS = 64
MAX_SIDE = 64
MAX_CELLS = 1024

Translate = Callable[..., str]


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
    """What of (map, height, width) fits the page: at most 64 maps of 64×64, or 1,024 cells of a vector."""
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
    """The largest finite magnitude, 1 where there is none or all is zero: NaN must not hide what is sound."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0)) or 1.0


def describe_row(row: MapRow, translate: Translate) -> str:
    """The row in words, for those who do not see it: title, shape, smallest, largest and mean value."""
    values = np.asarray(row.grid.values)
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return translate("{title}, {shape}: no finite values", title=row.grid.title, shape=shape_text(values.shape))
    return translate(
        "{title}, {shape}: minimum {low}, maximum {high}, mean {mean}",
        title=row.grid.title,
        shape=shape_text(values.shape),
        low=format_number(float(finite.min())),
        high=format_number(float(finite.max())),
        mean=format_number(float(finite.mean())),
    )


def pack_rows(
    rows: Sequence[MapRow | ImageGrid], options: Mapping[str, Any] | None = None, translate: Translate | None = None
) -> bytes:
    """The message for these rows; `options` are more entries of the header (words, colors, selection)."""
    say = translate or (lambda message, **values: str(message).format(**values) if values else str(message))
    shown = [choose_shown(np.asarray(as_row(row).grid.values)) for row in rows]
    header = {"rows": [_row_header(as_row(r), s, say) for r, s in zip(rows, shown, strict=True)], **(options or {})}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 4)
    values = (np.ascontiguousarray(s.values, dtype="<f4").tobytes() for s in shown)
    return struct.pack("<I", len(encoded)) + encoded + b"".join(values)


def as_row(row: MapRow | ImageGrid) -> MapRow:
    """A bare grid is a row without extras."""
    return MapRow(row) if isinstance(row, ImageGrid) else row


def _row_header(row: MapRow, shown: Shown, say: Translate) -> dict[str, Any]:
    grid, values = row.grid, np.asarray(row.grid.values)
    count, height, width = shown.values.shape
    return {
        "title": grid.title,
        "subtitle": say(row.subtitle) if row.subtitle else shape_text(values.shape),
        "notes": _row_notes(grid, shown, say),
        "warning": _missing_warning(values, say),
        "description": describe_row(row, say),
        "count": count, "height": height, "width": width,
        "strip": shown.strip, "step": shown.step,
        "cells_are_maps": values.shape[1:] == (1, 1),
        "labels": list(grid.labels[: max(count, width if shown.strip else 0)]),
        "axis": say(grid.axis),
        "unit": grid.unit,
        "signed": grid.signed,
        "limit": row.limit or finite_limit(values),
    }  # fmt: skip


def _row_notes(grid: ImageGrid, shown: Shown, say: Translate) -> list[str]:
    return [say(note) for note in (*((grid.note,) if grid.note else ()), *shown.notes)]


def _missing_warning(values: np.ndarray, say: Translate) -> str:
    nan, infinite = int(np.isnan(values).sum()), int(np.isinf(values).sum())
    parts = ([say("{count} not a number", count=f"{nan:,}")] if nan else [])
    parts += [say("{count} infinite", count=f"{infinite:,}")] if infinite else []
    return ", ".join(parts)
