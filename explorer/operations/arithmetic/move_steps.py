"""Values moved or interpolated: where the value of one unit comes from."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.work import Work, box, cell, cells, number, products_line, step
from explorer.results import Gather, Operand, Operation, WeightedGather
from explorer.text import text


def explain_gather(rule: Gather, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Find the value at its place in the operand that it comes from."""
    flat, which = int(rule.index[unit]), int(rule.source[unit])
    windows, steps, line = [], [], ""
    if rule.chooser >= 0:
        chooser = operation.operands[rule.chooser]
        place = unit[:chooser.values.ndim]
        chosen = int(chooser.values[place])
        windows.append(cell(rule.chooser, place))
        steps.append(step(text("Token"), chosen, str(chosen), operand=rule.chooser))
        line = f"{chosen} → "
    if flat < 0:
        value = rule.fill
        return Work(value, tuple(windows), (*steps, step(text("Filled in"), value, number(value))),
                    f"{line}{number(value)}")
    operand = operation.operands[which]
    place = tuple(map(int, np.unravel_index(flat, operand.values.shape)))
    value = float(operand.values[place])
    line += f"{operand.name}{_written(place)} = {number(value)}"
    steps += [step(text("Place in {name}", name=operand.name), place, _written(place), operand=which),
              step(text("Result"), value, line)]
    return Work(value, (*windows, cell(which, place)), tuple(steps), line)


def _written(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]"


def explain_weighted(rule: WeightedGather, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out the weighted sum of a few values of one channel."""
    operand: Operand = operation.operands[0]
    place = (*unit[:rule.channel], *unit[rule.channel + 1:])
    index, weight = rule.index[(slice(None), *place)], rule.weight[(slice(None), *place)].astype(np.float64)
    index, weight = index[index >= 0], weight[index >= 0]
    channel = unit[rule.channel]
    values = operand.values[channel].reshape(-1)[index].astype(np.float64)
    value = float((values * weight).sum())
    line = f"{products_line(values, weight)} = {number(value)}"
    size = operand.values[channel].size
    steps = (step(text("Values that are read"), values, axes=("place",), operand=0),
             step(text("Their weights"), weight, axes=("place",)),
             step(text("Result"), value, line))
    windows = [cells(0, operand.values.shape, channel * size + index)]
    if len(operation.operands) > 1:  # what decides on places and weights: a row for each box, or all of an affine map
        decides = operation.operands[1].values.shape
        first = unit[:rule.channel]
        windows.append(box(1, (*first, *(0,) * (len(decides) - len(first))),
                           (*(place + 1 for place in first), *decides[len(first):])))
    return Work(value, tuple(windows), steps, line)
