"""What a node shows of itself on the canvas, where a plain box would hide what matters. Plain data, no torch."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CELLS = 16  # along one side of a matrix; a card is a hundred pixels wide


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

    `copies` of it lie behind one another, as the heads of an attention do.
    """

    cells: tuple[tuple[float, ...], ...]
    row: str
    column: str
    copies: int = 1


@dataclass(frozen=True)
class Grid:
    """A map cut into rows × columns equal parts, the cuts moved by `shift` (down, right) of a part."""

    rows: int
    columns: int
    shift: tuple[float, float] = (0.0, 0.0)


Face = Symbol | Curve | Matrix | Grid
