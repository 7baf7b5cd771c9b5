"""Products of matrices at one unit: a row times a row or a column, the scale, the bias."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.work import Work, box, cell, number, plus, products_line, step
from explorer.results import MatrixProduct, Operation
from explorer.text import text


def explain_product(rule: MatrixProduct, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out scale · Σ a[i, k] · b[j, k] + bias[j]."""
    a, b = operation.operands[:2]
    *lead, j = unit
    row = tuple(lead[len(lead) - a.values.ndim + 1:]) if a.values.ndim > 1 else ()
    shared = tuple(lead[:-1])[len(lead) + 1 - b.values.ndim:] if b.values.ndim > 2 else ()
    column = (*shared, slice(None), j) if rule.by_columns else (*shared, j, slice(None))
    first, second = a.values[row].astype(np.float64), b.values[column].astype(np.float64)
    size = len(first)
    places = (box(0, (*row, 0), (*(each + 1 for each in row), size)),
              box(1, [0 if isinstance(each, slice) else each for each in column],
                  [size if isinstance(each, slice) else each + 1 for each in column]))
    return _multiplied(rule, operation, places, first, second, j)


def _multiplied(rule, operation, windows, first, second, j) -> Work:
    a, b = operation.operands[:2]
    products = first * second
    total = products.sum()
    value, line, more = total, products_line(first, second), []
    if rule.scale != 1:
        value, line = value * rule.scale, f"({line}) · {number(rule.scale)}"
        more.append(step(text("Scaled"), value, f"{number(total)} · {number(rule.scale)} = {number(value)}"))
    if len(operation.operands) > 2:
        bias = float(operation.operands[2].values[j])
        value, line, windows = value + bias, f"{line}{plus(bias)}", (*windows, cell(2, (j,)))
        more.append(step(text("Bias"), bias, number(bias), operand=2))
    axis = (a.axes[-1],)
    steps = (step(_title(a.name), first, axes=axis, operand=0), step(_title(b.name), second, axes=axis, operand=1),
             step(text("Products"), products, products_line(first, second), axis),
             step(text("Sum"), total, f"{products_line(first, second)} = {number(total)}"), *more,
             step(text("Result"), value, f"{line} = {number(value)}"))
    return Work(float(value), windows, steps, f"{line} = {number(value)}")


_TITLES = {"input": text("Input"), "weight": text("Weights of this unit"), "query": text("Query"), "key": text("Key"),
           "weights": text("Weights of this query"), "values": text("Values")}


def _title(name: str):
    return _TITLES.get(name) or text("{name}", name=name)
