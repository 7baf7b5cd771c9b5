"""Operations: one node's computation as plain arrays and a rule, and the arithmetic of one of its units.

A rule together with the operands is enough to compute any unit of the output, in Python and in the browser alike:
nothing of torch is needed. Indices are those of the operands' arrays, without a batch axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.operation_rules import Rule
from explorer.text import Text

INPUT, PARAMETER, STATE, OUTPUT = "input", "parameter", "state", "output"  # roles of operands


@dataclass(frozen=True)
class Operand:
    """An array that an operation reads or gives. values: float32 with one word of `axes` for each of its axes.

    role: INPUT, PARAMETER, STATE (a recurrent layer's own earlier output) or OUTPUT. labels: names along the first
    axis, such as a text's characters or a table's columns. signed: drawn around zero. Of a thinned operand `every` is
    the step between the values kept, one number for each axis, and full_shape the shape before; else both are ().
    folded: of a vector the shape that its values had before they were flattened; () where that is not known.

    >>> Operand("weight", np.zeros((6, 1, 5, 5), np.float32), ("output", "input", "height", "width"), PARAMETER).role
    'parameter'
    """

    name: str
    values: np.ndarray
    axes: tuple[str, ...]
    role: str = INPUT
    labels: tuple[str, ...] = ()
    signed: bool = True
    every: tuple[int, ...] = ()
    full_shape: tuple[int, ...] = ()
    folded: tuple[int, ...] = ()


@dataclass(frozen=True)
class Operation:
    """A node's computation for one sample.

    operands: in the order of the rule; the network's own inputs to the node first. formula: LaTeX, or "". block: the
    title of its kind. is_reduced: the arrays are thinned, so that the browser asks for a unit's exact arithmetic
    (`unit`). full_shape: the output's shape before thinning. unit: the arithmetic that was asked for, or None. notice:
    why the output is not what the arithmetic gives, None where it is.

    `value` is the unit's value as the model gave it, None where no unit was asked for.
    """

    node: str
    block: str
    formula: str
    rule: Rule
    operands: tuple[Operand, ...]
    output: Operand
    is_reduced: bool = False
    full_shape: tuple[int, ...] = ()
    unit: Explanation | None = None
    notice: Text | None = None

    @property
    def value(self) -> float | None:
        return None if self.unit is None else self.unit.value


@dataclass(frozen=True)
class Window:
    """The part of one operand that a unit reads: from `start` to before `stop` in steps of `step`, a number an axis.

    operand: its place among the operation's. start and stop may lie outside the array, in the padding. cells: flat
    indices, int32, where the places are no box; else (0,).
    """

    operand: int
    start: tuple[int, ...]
    stop: tuple[int, ...]
    step: tuple[int, ...]
    cells: np.ndarray


@dataclass(frozen=True)
class Step:
    """One step of a unit's arithmetic: numbers in one array, and what they are.

    formula: with the numbers filled in where they are few, such as `0.31 · -0.2`; else in symbols. axes: one word for
    each axis of values. A step may be about the window of operand number `operand`, else -1.
    """

    title: Text
    values: np.ndarray
    formula: str = ""
    axes: tuple[str, ...] = ()
    operand: int = -1


@dataclass(frozen=True)
class Explanation:
    """The arithmetic of one unit, from its windows to its value. unit: the index into the output.

    value: float64 from the arithmetic; `model_value` as the model gave it. line: the whole in one line, with numbers.

    The steps are in the order in which they are computed, the last one is the result.
    """

    unit: tuple[int, ...]
    value: float
    model_value: float
    windows: tuple[Window, ...]
    steps: tuple[Step, ...]
    line: str
