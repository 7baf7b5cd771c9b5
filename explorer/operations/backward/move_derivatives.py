"""Derivatives of values that are moved or interpolated."""

from __future__ import annotations

import numpy as np

from explorer.operations.backward.dependents import Dependents
from explorer.results import Gather, Operation, WeightedGather

Index = tuple[int, ...]


def derive_gather(rule: Gather, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive by a value that is moved: 1 at every place that it comes to."""
    flat = np.ravel_multi_index(index, operation.operands[operand].values.shape) if index else 0
    return Dependents.of(np.flatnonzero((rule.source == operand) & (rule.index == flat)))


def derive_weighted(rule: WeightedGather, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive by a value that is interpolated: its weight at every place that reads it."""
    shape = operation.operands[0].values.shape
    channel, *place = index
    own = rule.index == np.ravel_multi_index(place, shape[1:])
    local = (rule.weight.astype(np.float64) * own).sum(0)
    units = np.arange(operation.output.values.size).reshape(operation.output.values.shape)
    units = units.take(channel, rule.channel)
    read = own.any(0)
    return Dependents.of(units[read], local[read])
