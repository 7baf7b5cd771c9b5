"""Normalization and softmax of one unit: mean and variance, or exponentials and their share."""

from __future__ import annotations

import math

import numpy as np

from explorer.operations.arithmetic.work import Work, box, cell, factor, named, number, plus, step, sum_line
from explorer.results import Normalization, Operation, Softmax, Window
from explorer.text import text


def explain_normalization(rule: Normalization, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out (x - mean) / √(variance + eps) · weight + bias."""
    values = operation.operands[0].values
    x = float(values[unit])
    window, shown, mean, variance = _statistics(rule, operation, unit)
    deviation = math.sqrt(variance + rule.eps)
    normalized = (x - mean) / deviation
    above = f"({number(x)} − {factor(mean)})" if rule.center else number(x)
    line = f"{above} / √({number(variance)} + {number(rule.eps)})"
    steps = [*shown, step(text("Value"), x, number(x), operand=0),
             step(text("Normalized"), normalized, f"{line} = {number(normalized)}")]
    value, windows = normalized, [window]
    index = tuple(unit[axis] for axis in rule.scaled_by)
    for place, operand in enumerate(operation.operands[1:], 1):
        if operand.name in ("mean", "variance"):
            windows.append(cell(place, group_of(rule, values.shape, unit)))
        else:
            number_of = float(operand.values[index])
            value = value * number_of if operand.name == "weight" else value + number_of
            line += f" · {factor(number_of)}" if operand.name == "weight" else plus(number_of)
            steps.append(step(text("Scaled") if operand.name == "weight" else text("Shifted"), value,
                              f"{line} = {number(value)}", operand=place))
            windows.append(cell(place, index))
    return Work(value, tuple(windows), (*steps, step(text("Result"), value, number(value))),
                f"{line} = {number(value)}")


def group_of(rule: Normalization, shape: tuple[int, ...], unit: tuple[int, ...]) -> tuple[int, ...]:
    """Return the place of a unit's mean and variance."""
    if rule.groups:
        return (unit[0] // (shape[0] // rule.groups),)
    return tuple(unit[axis] for axis in rule.shared_by)


def _statistics(rule: Normalization, operation: Operation, unit: tuple[int, ...]):
    """Return the window of the input, the steps to mean and variance, and both."""
    values, place = operation.operands[0].values, group_of(rule, operation.operands[0].values.shape, unit)
    if not rule.over:
        mean, variance = (float(operation.operands[named(operation.operands, name)].values[place])
                          for name in ("mean", "variance"))
        return cell(0, unit), (step(text("Recorded mean"), mean, number(mean)),
                               step(text("Recorded variance"), variance, number(variance))), mean, variance
    window = shared_window(rule, values.shape, unit)
    shared = values[tuple(map(slice, window.start, window.stop))].astype(np.float64)
    mean = float(shared.mean()) if rule.center else 0.0
    variance = float(((shared - mean) ** 2).mean())
    title = text("Variance") if rule.center else text("Mean square")
    shown = (step(text("Values that are normalized together"), shared, axes=operation.operands[0].axes, operand=0),
             *((step(text("Mean"), mean, f"({sum_line(shared)}) / {shared.size:,} = {number(mean)}"),)
               if rule.center else ()), step(title, variance, number(variance)))
    return window, shown, mean, variance


def shared_window(rule: Normalization, shape: tuple[int, ...], unit: tuple[int, ...]) -> Window:
    """Return the values of the input that share a unit's mean and variance."""
    start = [0 if axis in rule.over else place for axis, place in enumerate(unit)]
    stop = [shape[axis] if axis in rule.over else place + 1 for axis, place in enumerate(unit)]
    if rule.groups:
        size = shape[0] // rule.groups
        start[0], stop[0] = unit[0] // size * size, (unit[0] // size + 1) * size
    return box(0, start, stop)


def explain_softmax(rule: Softmax, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out exp(x - largest) over the sum of all of them along the axis."""
    operand = operation.operands[0]
    row = operand.values[(*unit[:rule.axis], slice(None), *unit[rule.axis + 1:])].astype(np.float64)
    own, largest, axes = unit[rule.axis], row.max(), (operand.axes[rule.axis],)
    exponentials = np.exp(row - largest)
    total, own_exponential = exponentials.sum(), exponentials[own]
    share = own_exponential / total
    window = box(0, [0 if axis == rule.axis else place for axis, place in enumerate(unit)],
                 [len(row) if axis == rule.axis else place + 1 for axis, place in enumerate(unit)])
    value = row[own] - largest - math.log(total) if rule.log else share
    line = f"exp({number(row[own])} − {factor(largest)}) / {number(total)} = {number(share)}"
    logarithm = f"{number(row[own])} − {factor(largest)} − ln {number(total)} = {number(value)}"
    steps = (step(text("Inputs along the axis"), row, axes=axes, operand=0),
             step(text("Largest"), largest, number(largest)),
             step(text("Exponentials, after the largest is subtracted"), exponentials, axes=axes),
             step(text("Sum"), total, f"{sum_line(exponentials)} = {number(total)}"),
             step(text("Share of the sum"), share, line),
             *((step(text("Logarithm"), value, logarithm),) if rule.log else ()))
    return Work(float(value), (window,), steps, logarithm if rule.log else line)
