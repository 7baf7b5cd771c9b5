"""Derivatives of products of matrices: by one factor, the other one."""

from __future__ import annotations

import numpy as np

from explorer.operations.backward.dependents import Dependents
from explorer.results import MatrixProduct, Operation

Index = tuple[int, ...]


def derive_product(rule: MatrixProduct, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive out[..., i, j] = scale · Σ_k a[..., i, k] · b[..., j, k] + bias[j]."""
    a, b = (each.values for each in operation.operands[:2])
    if rule.by_columns:
        b = np.swapaxes(b, -2, -1)
        index = (*index[:-2], index[-1], index[-2]) if operand == 1 else index
    units = np.arange(operation.output.values.size).reshape(operation.output.values.shape)
    if operand == 2:
        return Dependents.of(units[..., index[0]])
    if operand == 0:
        *lead, k = index
        shared = tuple(lead[:-1])[len(lead) + 1 - b.ndim:] if b.ndim > 2 else ()
        return Dependents.of(units[tuple(lead)], rule.scale * b[(*shared, slice(None), k)].astype(np.float64))
    *lead, j, k = index
    own = (..., *lead, slice(None)) if lead else (...,)
    return Dependents.of(units[(*own, j)], rule.scale * a[(*own, k)].astype(np.float64))
