"""Pooling of one unit: its window, and the largest value of it or their mean."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.work import Work, box, list_line, number, step, sum_line
from explorer.results import Operation, Pooling, Reduction, Window
from explorer.text import text


def explain_pooling(rule: Pooling, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out the largest value or the mean of a window."""
    values = operation.operands[0].values
    channel, *place = unit
    starts = [int(rule.starts[axis, y]) for axis, y in enumerate(place)]
    stops = [int(rule.stops[axis, y]) for axis, y in enumerate(place)]
    inside = tuple(slice(*each) for each in zip(starts, stops, rule.step))
    window = box(0, (channel, *starts), (channel + 1, *stops), (1, *rule.step[:len(place)]))
    divisor = float(rule.divisor[tuple(place)]) if rule.kind == "mean" else 1.0
    axes = ("height", "width") if len(place) == 2 else ("position",)
    return _reduced(rule.kind, values[(channel, *inside)], divisor, window, axes)


def explain_reduction(rule: Reduction, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out the largest value, the mean or the sum over whole axes."""
    operand = operation.operands[0]
    kept = iter(unit)
    index = [None if axis in rule.axes else next(kept) for axis in range(operand.values.ndim)]
    window = box(0, [0 if each is None else each for each in index],
                 [size if each is None else each + 1 for each, size in zip(index, operand.values.shape)])
    values = operand.values[tuple(slice(None) if each is None else each for each in index)]
    return _reduced(rule.kind, values, float(values.size) if rule.kind == "mean" else 1.0, window,
                    tuple(operand.axes[axis] for axis in rule.axes))


def _reduced(kind: str, values: np.ndarray, divisor: float, window: Window, axes: tuple[str, ...]) -> Work:
    values = values.astype(np.float64)
    shown = step(text("Window of the input"), values, axes=axes, operand=0)
    if kind == "max":
        return _largest(values, window, shown, axes)
    total = values.sum()
    added = step(text("Sum"), total, f"{sum_line(values)} = {number(total)}")
    if kind == "sum":
        return Work(float(total), (window,), (shown, added), f"{sum_line(values)} = {number(total)}")
    value = total / divisor
    steps = (shown, added, step(text("Divisor"), divisor, number(divisor)),
             step(text("Result"), value, f"{number(total)} / {number(divisor)} = {number(value)}"))
    return Work(float(value), (window,), steps, f"({sum_line(values)}) / {number(divisor)} = {number(value)}")


def _largest(values: np.ndarray, window: Window, shown: object, axes: tuple[str, ...]) -> Work:
    value = values.max()
    is_largest = np.zeros(values.shape)
    is_largest[np.unravel_index(values.argmax(), values.shape)] = 1
    line = f"max({list_line(values)}) = {number(value)}"
    return Work(float(value), (window,),
                (shown, step(text("Largest of the window"), is_largest, axes=axes),
                 step(text("Result"), value, line)), line)
