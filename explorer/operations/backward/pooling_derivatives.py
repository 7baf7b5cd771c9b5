"""Derivatives of pooling: the largest value of a window passes its gradient on alone, a mean spreads it."""

from __future__ import annotations

import itertools

import numpy as np

from explorer.operations.backward.dependents import Dependents, on_grid
from explorer.results import Operation, Pooling, Reduction

Index = tuple[int, ...]


def derive_pooling(rule: Pooling, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive by a value of the input: 1 where it is the first largest of a window, or 1 / divisor of a mean."""
    values, shape = operation.operands[0].values, operation.output.values.shape
    channel, *at = index
    near = [np.flatnonzero((starts[:size] <= place) & (place < stops[:size]) & ((place - starts[:size]) % step == 0))
            for starts, stops, size, place, step in zip(rule.starts, rule.stops, shape[1:], at, rule.step)]
    units, local = [], []
    for place in itertools.product(*near):
        starts = [int(rule.starts[axis, y]) for axis, y in enumerate(place)]
        window = tuple(slice(start, int(rule.stops[axis, y]), step)
                       for axis, (y, start, step) in enumerate(zip(place, starts, rule.step)))
        own = tuple((one - start) // step for one, start, step in zip(at, starts, rule.step))
        units.append(np.ravel_multi_index((channel, *place), shape))
        local.append(_passed_on(values[(channel, *window)], own) if rule.kind == "max"
                     else 1 / float(rule.divisor[place]))
    return Dependents.of(units, local)


def _passed_on(window: np.ndarray, own: Index) -> float:
    """Return 1 for the first largest value of a window, as torch takes it, else 0."""
    return float(window.argmax() == np.ravel_multi_index(own, window.shape))


def derive_reduction(rule: Reduction, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive by a value of the input: 1 of a sum, 1 / count of a mean; the largest values share the gradient."""
    values = operation.operands[0].values
    unit = [at for axis, at in enumerate(index) if axis not in rule.axes]
    together = values[tuple(slice(None) if axis in rule.axes else at for axis, at in enumerate(index))]
    if rule.kind == "max":
        largest = together.max()
        local = float(values[index] == largest) / np.count_nonzero(together == largest)
    else:
        local = 1.0 if rule.kind == "sum" else 1 / together.size
    return Dependents.of(on_grid(operation.output.values.shape, unit) if unit else [0], local)
