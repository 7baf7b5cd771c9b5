"""Derivatives of normalization, through mean and variance where they are the sample's own, and of softmax."""

from __future__ import annotations

import math

import numpy as np

from explorer.operations.arithmetic.normalization_steps import group_of, shared_window
from explorer.operations.backward.dependents import Dependents
from explorer.results import Normalization, Operation, Softmax

Index = tuple[int, ...]


def derive_normalization(rule: Normalization, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive y = (x - mean) / √(variance + eps) · weight + bias.

    Recorded statistics are constants. Source: Ioffe & Szegedy 2015, section 3; of layer norm Ba et al. 2016.
    """
    values, name = operation.operands[0].values, operation.operands[operand].name
    units = np.arange(values.size).reshape(values.shape)
    if name in ("weight", "bias"):
        own = tuple(index[rule.scaled_by.index(axis)] if axis in rule.scaled_by else slice(None)
                    for axis in range(values.ndim))
        return Dependents.of(units[own], _normalized(rule, operation)[own] if name == "weight" else 1.0)
    if operand:
        return Dependents.none()  # statistics
    scale = _scales(rule, operation)
    if not rule.over:
        return Dependents.of([units[index]], scale[index] / _deviation(rule, operation, index))
    window = shared_window(rule, values.shape, index)
    box = tuple(map(slice, window.start, window.stop))
    x = values[box].astype(np.float64)
    mean = x.mean() if rule.center else 0.0
    deviation = math.sqrt(np.square(x - mean).mean() + rule.eps)
    normalized = (x - mean) / deviation
    own = (values[index] - mean) / deviation
    local = -(float(rule.center) + normalized * own) / x.size + (units[box] == units[index])
    return Dependents.of(units[box], local / deviation * scale[box])


def _named(operation: Operation, name: str) -> np.ndarray | None:
    return next((each.values.astype(np.float64) for each in operation.operands[1:] if each.name == name), None)


def _scales(rule: Normalization, operation: Operation) -> np.ndarray:
    """Return the weight of every unit, 1 where there is none."""
    shape, weight = operation.operands[0].values.shape, _named(operation, "weight")
    if weight is None:
        return np.ones(shape)
    return np.broadcast_to(weight.reshape([size if axis in rule.scaled_by else 1 for axis, size in enumerate(shape)]),
                           shape)


def _deviation(rule: Normalization, operation: Operation, unit: Index) -> float:
    place = group_of(rule, operation.operands[0].values.shape, unit)
    return math.sqrt(float(_named(operation, "variance")[place]) + rule.eps)


def _normalized(rule: Normalization, operation: Operation) -> np.ndarray:
    """Return every value of the input, centered and divided."""
    values = operation.operands[0].values.astype(np.float64)
    if rule.groups:
        grouped = values.reshape(rule.groups, -1)
        mean = grouped.mean(1, keepdims=True)
        return ((grouped - mean) / np.sqrt(grouped.var(1, keepdims=True) + rule.eps)).reshape(values.shape)
    if rule.over:
        mean = values.mean(rule.over, keepdims=True) if rule.center else 0.0
        return (values - mean) / np.sqrt(np.square(values - mean).mean(rule.over, keepdims=True) + rule.eps)
    shape = [size if axis in rule.shared_by else 1 for axis, size in enumerate(values.shape)]
    mean, variance = (_named(operation, name).reshape(shape) for name in ("mean", "variance"))
    return (values - mean) / np.sqrt(variance + rule.eps)


def derive_softmax(rule: Softmax, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive s_j = exp(x_j) / Σ exp(x): s_j (δ_ij - s_i); of its logarithm δ_ij - s_i."""
    values = operation.operands[0].values
    row = (*index[:rule.axis], slice(None), *index[rule.axis + 1:])
    x = values[row].astype(np.float64)
    odds = np.exp(x - x.max())
    share = odds / odds.sum()
    own = np.arange(len(x)) == index[rule.axis]
    local = own - share[index[rule.axis]]
    units = np.arange(values.size).reshape(values.shape)[row]
    return Dependents.of(units, local if rule.log else share * local)
