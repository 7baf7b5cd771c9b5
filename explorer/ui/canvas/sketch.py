"""Sketches of nodes, with a cache and a text equivalent."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from explorer.blocks import BLOCKS
from explorer.blocks.sketch import Curve, Grid, Matrix, Sketch, Symbol, coarse
from explorer.document import Network, Node, Shape
from explorer.formatting import TIMES
from explorer.network import Analysis
from explorer.ui.language import _

_CARD_CELLS = 16  # along one side; a card is a hundred pixels wide


def sketch_of(net: Network, analysis: Analysis, node: Node) -> Sketch | None:
    """Return the sketch of a node by its input shapes; None while they are unknown, or if the block has none."""
    params = analysis.params.get(node.id)
    if params is None or node.block not in BLOCKS:
        return None
    try:
        reaching = tuple(analysis.along(edge).shape for edge in net.edges_into(node.id))
    except LookupError:  # a node before it has a problem
        reaching = ()
    return _make(node.block, tuple(params.items()), reaching)


@lru_cache(maxsize=4096)
def _make(block: str, items: tuple[tuple[str, Any], ...], shapes: tuple[Shape, ...]) -> Sketch | None:
    try:
        sketch = BLOCKS.get(block).sketch(dict(items), shapes)
    except (ArithmeticError, LookupError, TypeError, ValueError):  # of inputs that the block would refuse
        return None
    return sketch if sketch is not None and is_drawable(sketch) else None


@lru_cache(maxsize=4096)
def on_card(sketch: Sketch | None) -> Sketch | None:
    """Return the sketch, coarse enough for a node on the canvas."""
    return coarse(sketch, _CARD_CELLS) if isinstance(sketch, Matrix) else sketch


def is_drawable(sketch: Sketch) -> bool:
    """Return whether there is anything to draw: a grid with parts, a matrix with cells, a curve with points."""
    match sketch:
        case Grid(rows, columns):
            return rows > 0 and columns > 0
        case Matrix(cells):
            return bool(cells and cells[0])
        case Curve(x, y):
            return 0 < len(x) == len(y)
    return True


def describe_sketch(sketch: Sketch) -> str:
    """Describe a sketch for screen readers."""
    match sketch:
        case Symbol(sign):
            return _("sign: {sign}", sign=sign)
        case Curve(x, y):
            zero = min(range(len(x)), key=lambda i: abs(x[i]))
            return _("curve: {first} at {low}, {middle} at 0, {last} at {high}", first=_number(y[0]), low=_number(x[0]),
                     middle=_number(y[zero]), last=_number(y[-1]), high=_number(x[-1]))
        case Matrix():
            return _describe_matrix(sketch)
        case Grid(rows, columns, shift):
            parts = _("cut into {rows}{times}{columns} parts", rows=rows, columns=columns, times=TIMES)
            return parts if not any(shift) else _(
                "{parts}, shifted down by {down} and right by {right} of a part", parts=parts,
                down=_share(shift[0]), right=_share(shift[1]))


def _describe_matrix(sketch: Matrix) -> str:
    cells = [(row, column, cell) for row, line in enumerate(sketch.cells) for column, cell in enumerate(line)]
    names = {"row": _(sketch.row), "column": _(sketch.column)}
    if all(cell == 1 for _row, _column, cell in cells):
        words = _("mask: each {row} attends to every {column}", **names)
    elif all((cell > 0) == (column <= row) for row, column, cell in cells):
        words = _("mask: each {row} attends to its own {column} and those before it", **names)
    else:
        seen = sum(cell for _row, _column, cell in cells) / len(cells)
        words = _("mask: {share} of the pairs of {row} and {column} are allowed", share=_share(seen), **names)
    if sketch.copies == 1:
        return words
    if sketch.layers == "windows":
        return _("{words}; the last of {count} windows", words=words, count=sketch.copies)
    return _("{words}; {count} heads", words=words, count=sketch.copies)


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"  # adding zero makes -0 a 0
