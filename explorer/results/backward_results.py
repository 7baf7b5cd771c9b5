"""The way back: the gradient of one value, by the paths on which it arrives from the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.arithmetic import Operand, Window
from explorer.text import Text


@dataclass(frozen=True)
class BackwardPath:
    """A reader of a value, and the gradient that comes back from there: Σ arriving · local.

    node: the address of the reader; "loss" for the number that gradients are of, "" for what a network's own code does
    between its modules. rule: the local derivative in words. gradient: of this path. line: the sum with its numbers.
    arriving_map: the gradient with respect to the reader's whole output, thinned where it is large; windows: the units
    of it that depend on the value.
    units: int32 (term, axis), the terms of the sum by their unit of the reader's output, those of largest magnitude
    where they are many; arriving, local, products: float32 (term,). grid: the shape in which the terms lie side by
    side. count: of all terms; rest: the sum of those that are not here.
    toward: the unit of the largest product, to go on from.
    """

    node: str
    block: str
    rule: Text
    gradient: float
    line: str
    arriving_map: Operand
    windows: tuple[Window, ...]
    units: np.ndarray
    arriving: np.ndarray
    local: np.ndarray
    products: np.ndarray
    grid: tuple[int, ...]
    count: int
    rest: float = 0.0
    toward: tuple[int, ...] = ()


@dataclass(frozen=True)
class BackwardSource:
    """An input of a node, to go on back to: the output of another node, or a parameter of its own.

    node: the address that feeds it, parameter "" then; else a parameter's name. unit: the index of the value that the
    unit which is looked at reads and whose gradient is the largest. value, gradient: at this index. trained: False
    where training leaves the parameter as it is.
    """

    name: str
    node: str
    parameter: str
    unit: tuple[int, ...]
    value: float
    gradient: float
    trained: bool = True


@dataclass(frozen=True)
class BackwardView:
    """The gradient of one value: a unit of a node's output, or an element of one of its parameters.

    of: the number that gradients are of, a phrase such as "the loss with target 7"; of_value: what it is. unit: the
    index of the unit; parameter: the parameter's name, index: of its element, "" and () for a unit. value: what it is;
    gradient: as autograd has it; total: the sum over the paths. gradient_map: of the whole output, parameters: of the
    node's parameters, thinned where they are large. line: the sum of the paths; sentence: what is special here, such
    as that nothing arrives; None for nothing. trained: False where training leaves the parameter as it is.
    """

    node: str
    block: str
    of: Text
    of_value: float
    unit: tuple[int, ...]
    parameter: str
    index: tuple[int, ...]
    value: float
    gradient: float
    total: float
    gradient_map: Operand
    parameters: tuple[Operand, ...]
    paths: tuple[BackwardPath, ...]
    sources: tuple[BackwardSource, ...]
    line: str
    sentence: Text | None = None
    trained: bool = True
