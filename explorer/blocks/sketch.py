"""What a node shows of itself on the canvas, where a plain box would hide what matters. Plain data, no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_CELLS = 64  # along one side of a matrix


@dataclass(frozen=True)
class Symbol:
    """One sign, such as the operation of a merge: `+`."""

    text: str


@dataclass(frozen=True)
class Curve:
    """y over x, at the given points; both of one length."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Matrix:
    """Cells of 0 to 1 by row, MAX_CELLS a side at most; `row` and `column` name the axes.

    `copies` of it lie behind one another, as the `layers` of an attention do: its heads, or its windows.
    """

    cells: tuple[tuple[float, ...], ...]
    row: str
    column: str
    copies: int = 1
    layers: str = "heads"


def bands(count: int, parts: int = MAX_CELLS) -> list[range]:
    """The places 0 to count - 1 in so many parts at most, each as long as the others or by one longer."""
    parts = min(count, parts)
    return [range(part * count // parts, (part + 1) * count // parts) for part in range(parts)]


def coarse(sketch: Matrix, cells: int) -> Matrix:
    """The same with at most so many cells a side, each the mean of those it stands for."""
    rows, columns = bands(len(sketch.cells), cells), bands(len(sketch.cells[0]), cells)
    if max(len(sketch.cells), len(sketch.cells[0])) <= cells:
        return sketch
    return replace(sketch, cells=tuple(tuple(
        sum(sketch.cells[row][column] for row in down for column in across) / (len(down) * len(across))
        for across in columns) for down in rows))


@dataclass(frozen=True)
class Grid:
    """A map cut into rows × columns equal parts, the cuts moved by `shift` (down, right) of a part."""

    rows: int
    columns: int
    shift: tuple[float, float] = (0.0, 0.0)


Sketch = Symbol | Curve | Matrix | Grid
