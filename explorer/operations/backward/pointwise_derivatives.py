"""Derivatives of values on their own and in pairs: activations, formulas, sums, products, masks and gates."""

from __future__ import annotations

import math

import numpy as np

from explorer.operations.arithmetic.formulas import evaluate
from explorer.operations.backward.dependents import Dependents
from explorer.operations.backward.formula_derivatives import differentiate
from explorer.results import Elementwise, Formulas, Operation, Pointwise

Index = tuple[int, ...]


def derive_pointwise(rule: Pointwise, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive f(x) by x at the unit's place, or by the learned `a` at all places that it is broadcast to."""
    values, shape = operation.operands[0].values, operation.output.values.shape
    places = rule.source if rule.source.size else np.arange(values.size).reshape(values.shape)
    slopes = {"a": np.broadcast_to(operation.operands[1].values, shape)} if len(operation.operands) > 1 else {}
    if operand == 0:
        units = np.flatnonzero(places == np.ravel_multi_index(index, values.shape))
    else:
        units = _broadcast_from(operation.operands[1].values.shape, index, shape)
    known = {"x": values.reshape(-1)[places.reshape(-1)[units]],
             **{name: each.reshape(-1)[units] for name, each in slopes.items()}}
    return Dependents.of(units, differentiate(rule.formula, "xa"[operand], **known))


def derive_formulas(rule: Formulas, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive each formula by one of the input's values; those that do not take it are left out."""
    known = {f"x{place}": value for place, value in enumerate(operation.operands[0].values.tolist(), 1)}
    by = f"x{index[0] + 1}"
    return Dependents.nonzero(np.array([float(differentiate(formula, by, **known)) for formula in rule.formulas]))


def derive_elementwise(rule: Elementwise, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive the combination of one value of every operand by one of them."""
    shape = operation.output.values.shape
    units = _broadcast_from(operation.operands[operand].values.shape, index, shape)
    given = [np.broadcast_to(each.values, shape).reshape(-1)[units].astype(np.float64) for each in operation.operands]
    others = [values for place, values in enumerate(given) if place != operand]
    if rule.kind == "multiply":
        return Dependents.of(units, np.prod(others, axis=0))
    if rule.kind == "scaled_add":
        return Dependents.of(units, (1.0, given[2], given[1])[operand])
    if rule.kind == "mask":
        kept = given[1] != 0
        return Dependents.of(units[kept], 1.0)
    if rule.kind == "gate":
        return Dependents.of(units, evaluate("sigmoid(x)", x=given[1]) if operand == 0
                             else given[0] * differentiate("sigmoid(x)", "x", x=given[1]))
    return Dependents.of(units, 1.0)


def _broadcast_from(shape: Index, index: Index, to: Index) -> np.ndarray:
    """Return the flat units of an output that broadcasting brings a value of a smaller array to."""
    places = np.arange(math.prod(shape)).reshape(shape)
    return np.flatnonzero(np.broadcast_to(places, to) == places[index])
