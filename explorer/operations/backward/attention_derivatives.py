"""Derivatives of attention without a plain product: additive scores, and linear attention."""

from __future__ import annotations

import numpy as np

from explorer.operations.backward.dependents import Dependents
from explorer.results import AdditiveScores, LinearAttention, Operation

Index = tuple[int, ...]


def derive_additive(rule: AdditiveScores, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive out[..., i, j] = v · tanh(q[i] + k[j]): v_h (1 - tanh²) by q and k, tanh by v."""
    q, k, v = (each.values.astype(np.float64) for each in operation.operands)
    units = np.arange(operation.output.values.size).reshape(operation.output.values.shape)
    *lead, hidden = index
    if operand == 2:
        return Dependents.of(units, np.tanh(q[..., :, None, hidden] + k[..., None, :, hidden]))
    *outer, at = lead
    along = (*outer, at) if operand == 0 else (*outer, slice(None), at)
    others = (k if operand == 0 else q)[(*outer, slice(None), hidden)]
    own = (q if operand == 0 else k)[index]
    return Dependents.of(units[along], v[hidden] * (1 - np.tanh(own + others) ** 2))


def derive_linear_attention(rule: LinearAttention, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive out[i, f] = Σ_j s_ij v_jf / T_i, where s_ij = φ(q_i)·φ(k_j) and T_i = Σ_j s_ij + eps."""
    *lead, at, feature = index
    outer = tuple(lead)
    q, k, v = (each.values[outer].astype(np.float64) for each in operation.operands)
    units = np.arange(operation.output.values.size).reshape(operation.output.values.shape)[outer]
    queries, keys = _phi(q), _phi(k)
    similarity = queries @ keys.T  # (query, key)
    totals = similarity.sum(1) + rule.eps
    if operand == 2:
        return Dependents.of(units[:, feature], similarity[:, at] / totals)
    mixed = similarity @ v / totals[:, None]  # (query, feature)
    if operand == 0:
        local = (keys[:, feature] @ v - mixed[at] * keys[:, feature].sum()) / totals[at]
        return Dependents.of(units[at], _slope(q[at, feature]) * local)
    return Dependents.of(units, _slope(k[at, feature]) * (queries[:, feature] / totals)[:, None] * (v[at] - mixed))


def _phi(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def _slope(x: float) -> float:
    return 1.0 if x > 0 else float(np.exp(x))
