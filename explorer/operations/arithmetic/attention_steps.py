"""Attention without a plain product at one unit: additive scores, and linear attention."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.work import Work, box, number, products_line, step
from explorer.results import AdditiveScores, LinearAttention, Operation, Window
from explorer.text import text


def _rows(operand: int, shape: tuple[int, ...], lead: tuple[int, ...], start: int, stop: int) -> Window:
    return box(operand, (*lead, start, 0), (*(place + 1 for place in lead), stop, shape[-1]))


def explain_additive(rule: AdditiveScores, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out v · tanh(q + k). Source: Bahdanau et al. 2015, A.1.2."""
    q, k, v = (operand.values for operand in operation.operands)
    *lead, i, j = unit
    lead = tuple(lead)
    query, key, last = q[(*lead, i)].astype(np.float64), k[(*lead, j)].astype(np.float64), v.astype(np.float64)
    hidden = np.tanh(query + key)
    value = float(last @ hidden)
    line = f"{products_line(last, hidden)} = {number(value)}"
    axes = ("hidden",)
    steps = (step(text("Query, projected"), query, axes=axes, operand=0),
             step(text("Key, projected"), key, axes=axes, operand=1),
             step(text("tanh of their sum"), hidden, axes=axes),
             step(text("Weights of the hidden layer"), last, axes=axes, operand=2),
             step(text("Products"), last * hidden, products_line(last, hidden), axes),
             step(text("Result"), value, line))
    windows = (_rows(0, q.shape, lead, i, i + 1), _rows(1, k.shape, lead, j, j + 1), box(2, (0,), v.shape))
    return Work(value, windows, steps, line)


def explain_linear_attention(rule: LinearAttention, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out φ(q)·Σ φ(k) v / φ(q)·Σ φ(k). Source: Katharopoulos et al. 2020, eq. 5."""
    q, k, v = (operand.values for operand in operation.operands)
    *lead, i, feature = unit
    lead = tuple(lead)
    query, keys = _phi(q[(*lead, i)].astype(np.float64)), _phi(k[lead].astype(np.float64))
    values = v[lead][:, feature].astype(np.float64)
    similarity = keys @ query  # (key,)
    total = float(similarity.sum()) + rule.eps
    value = float(similarity @ values) / total
    line = f"({products_line(similarity, values)}) / {number(total)} = {number(value)}"
    steps = (step(text("φ of the query"), query, axes=("feature",), operand=0),
             step(text("φ of the keys"), keys, axes=("key", "feature"), operand=1),
             step(text("Similarity of the query to each key"), similarity, axes=("key",)),
             step(text("Values"), values, axes=("key",), operand=2),
             step(text("Sum of the similarities"), total, number(total)), step(text("Result"), value, line))
    column = box(2, (*lead, 0, feature), (*(place + 1 for place in lead), len(values), feature + 1))
    return Work(value, (_rows(0, q.shape, lead, i, i + 1), _rows(1, k.shape, lead, 0, len(keys)), column), steps, line)


def _phi(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))
