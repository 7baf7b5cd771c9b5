"""Arithmetic while it is written out: windows, steps, and lines with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.formatting import MINUS, format_number
from explorer.results import Operand, Step, Window
from explorer.text import Text

MOST_TERMS = 8  # that a line writes out
_NO_CELLS = np.zeros(0, np.int32)


@dataclass(frozen=True)
class Work:
    """The arithmetic of a unit: its value, what it reads, its steps and a line that ends in the value."""

    value: float
    windows: tuple[Window, ...]
    steps: tuple[Step, ...]
    line: str


def box(operand: int, start: Sequence[int], stop: Sequence[int], step: Sequence[int] | None = None) -> Window:
    """Make a window of a box of an operand's values."""
    return Window(operand, tuple(map(int, start)), tuple(map(int, stop)),
                  tuple(map(int, step)) if step is not None else (1,) * len(start), _NO_CELLS)


def cell(operand: int, index: Sequence[int]) -> Window:
    """Make a window of a single value."""
    return box(operand, index, [place + 1 for place in index])


def cells(operand: int, shape: tuple[int, ...], flat: Iterable[int]) -> Window:
    """Make a window of values that are no box, with the box around them."""
    places = np.unique(np.fromiter(flat, np.int32))
    if not len(places):
        return box(operand, (0,) * len(shape), (0,) * len(shape))
    if len(places) == 1:
        return cell(operand, np.unravel_index(places[0], shape))
    along = np.unravel_index(places, shape)
    around = box(operand, [axis.min() for axis in along], [axis.max() + 1 for axis in along])
    inside = np.prod([stop - start for start, stop in zip(around.start, around.stop)])
    return around if inside == len(places) else Window(operand, around.start, around.stop, around.step, places)


def step(title: Text, values: object, formula: str = "", axes: Sequence[str] = (), operand: int = -1) -> Step:
    """Make a step of float32 numbers, whatever they were computed in."""
    return Step(title, np.asarray(values, np.float32), formula, tuple(axes), operand)


def broadcast_index(unit: Sequence[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the place in an array of this shape that broadcasting brings to a unit of the output."""
    own = tuple(unit)[len(unit) - len(shape):] if shape else ()
    return tuple(0 if size == 1 else place for place, size in zip(own, shape))


def named(operands: Sequence[Operand], name: str) -> int:
    """Return the place of the operand with this name, -1 where there is none."""
    return next((place for place, operand in enumerate(operands) if operand.name == name), -1)


def number(value: float) -> str:
    """Format a number as a line has it."""
    return format_number(float(value))


def factor(value: float) -> str:
    """Format a number behind an operator: in brackets where it is negative."""
    written = number(value)
    return f"({written})" if written.startswith(MINUS) else written


def products_line(first: np.ndarray, second: np.ndarray) -> str:
    """Write a sum of products: those that count most, in their order, and how many more there are."""
    first, second = np.ravel(first), np.ravel(second)
    shown = _largest(first * second)
    return _joined(first[shown], [f" · {factor(each)}" for each in second[shown]], len(first))


def sum_line(values: np.ndarray) -> str:
    """Write a sum: the terms that count most, in their order, and how many more there are."""
    values = np.ravel(values)
    shown = _largest(values)
    return _joined(values[shown], [""] * len(shown), len(values))


def list_line(values: np.ndarray) -> str:
    """Write the first few numbers of a list."""
    values = np.ravel(values)
    return ", ".join([number(value) for value in values[:MOST_TERMS]] + ["…"] * (len(values) > MOST_TERMS))


def plus(value: float) -> str:
    """Format a term behind another one, with its sign."""
    written = number(value)
    return f" {MINUS} {written.removeprefix(MINUS)}" if written.startswith(MINUS) else f" + {written}"


def _largest(terms: np.ndarray) -> np.ndarray:
    """Find the places of the terms that a line writes out."""
    sizes = np.nan_to_num(np.abs(terms), nan=np.inf)
    return np.sort(np.argsort(-sizes, kind="stable")[:MOST_TERMS])


def _joined(values: np.ndarray, factors: list[str], count: int) -> str:
    """Join terms, each a number and what it is multiplied by; count: of all terms."""
    line = "".join((plus(value) if place else number(value)) + times
                   for place, (value, times) in enumerate(zip(values, factors))) or "0"
    return line + (f" + … + {count - MOST_TERMS} more" if count > MOST_TERMS else "")
