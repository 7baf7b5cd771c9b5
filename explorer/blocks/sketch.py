"""Sketches: small pictures of a block on the canvas, such as its curve or mask. Plain data, no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_CELLS = 64  # along one side of a matrix


@dataclass(frozen=True)
class Symbol:
    """A sign, such as `+` for the operation of a merge."""

    text: str


@dataclass(frozen=True)
class Curve:
    """A curve: y over x at the given points, both of equal length."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Matrix:
    """A matrix of cells from 0 to 1 by row, at most MAX_CELLS a side; `row` and `column` name the axes.

    There are `copies` of it, one per head or window of an attention; `layers` names which.
    """

    cells: tuple[tuple[float, ...], ...]
    row: str
    column: str
    copies: int = 1
    layers: str = "heads"


def bands(count: int, parts: int = MAX_CELLS) -> list[range]:
    """Split 0 to count - 1 into at most this many ranges, whose lengths differ by at most one."""
    parts = min(count, parts)
    return [range(part * count // parts, (part + 1) * count // parts) for part in range(parts)]


def coarse(sketch: Matrix, cells: int) -> Matrix:
    """Return the matrix with at most this many cells a side, each the mean of those it covers."""
    rows, columns = bands(len(sketch.cells), cells), bands(len(sketch.cells[0]), cells)
    if max(len(sketch.cells), len(sketch.cells[0])) <= cells:
        return sketch
    return replace(sketch, cells=tuple(tuple(
        sum(sketch.cells[row][column] for row in down for column in across) / (len(down) * len(across))
        for across in columns) for down in rows))


@dataclass(frozen=True)
class Grid:
    """A map cut into rows × columns equal parts; `shift` (down, right) moves the cuts by that fraction of a part."""

    rows: int
    columns: int
    shift: tuple[float, float] = (0.0, 0.0)


Sketch = Symbol | Curve | Matrix | Grid
