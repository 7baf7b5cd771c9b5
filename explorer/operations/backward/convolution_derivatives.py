"""Derivatives of convolutions: a value spreads through the kernel, a weight meets every place that it is laid on."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.convolution_steps import inside
from explorer.operations.backward.dependents import Dependents, on_grid
from explorer.results import Correlation, Operation, TransposedCorrelation

Index = tuple[int, ...]


def derive_correlation(rule: Correlation, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive out[o, p] = Σ w[o, i, k] · x[i, stride · p - padding + dilation · k] + bias[o].

    By the input: w[o, i, k] where p and k meet it; by a weight: the input's value under it; by the bias: 1.
    """
    values, weight = (each.values for each in operation.operands[:2])
    sizes = _places(rule, operation)
    if operand == 2:
        return Dependents.of(_units(rule, sizes, len(weight), index[0], [np.arange(size) for size in sizes]))
    return (_by_input, _by_weight)[operand](rule, values, weight, sizes, index)


def _by_input(rule: Correlation, values: np.ndarray, weight: np.ndarray, sizes: list[int], index: Index) -> Dependents:
    channel, *place = index
    group, own = divmod(channel, weight.shape[1])
    count = len(weight) // rule.groups
    outputs = np.arange(group * count, (group + 1) * count)
    kernel, along = weight[outputs, own].astype(np.float64), []
    for axis, at in enumerate(place):
        meets = _read(rule, axis, sizes[axis], weight.shape[2 + axis], values.shape[1 + axis]) == at  # (p, k)
        along.append(np.flatnonzero(meets.any(1)))
        kernel = np.moveaxis(np.tensordot(kernel, meets[along[-1]], (1, 1)), -1, kernel.ndim - 1)
    return Dependents.of(_units(rule, sizes, len(weight), outputs, along), kernel)


def _by_weight(rule: Correlation, values: np.ndarray, weight: np.ndarray, sizes: list[int], index: Index) -> Dependents:
    output, own, *tap = index
    channel = output // (len(weight) // rule.groups) * weight.shape[1] + own
    read = [_read(rule, axis, sizes[axis], weight.shape[2 + axis], values.shape[1 + axis])[:, at]
            for axis, at in enumerate(tap)]
    along = [np.flatnonzero(each >= 0) for each in read]
    patch = values[np.ix_([channel], *(each[each >= 0] for each in read))]
    return Dependents.of(_units(rule, sizes, len(weight), output, along), patch)


def _places(rule: Correlation, operation: Operation) -> list[int]:
    """Count the output's places along each axis of space."""
    if not rule.as_tokens:
        return list(operation.output.values.shape[1:])
    values, weight = (each.values for each in operation.operands[:2])
    return [(size + 2 * padding - dilation * (width - 1) - 1) // stride + 1 for size, padding, dilation, width, stride
            in zip(values.shape[1:], rule.padding, rule.dilation, weight.shape[2:], rule.stride)]


def _read(rule: Correlation, axis: int, count: int, width: int, size: int) -> np.ndarray:
    """Return (place of the output, place of the kernel) -> position of the input along an axis, -1 in the zeros."""
    positions = (np.arange(count)[:, None] * rule.stride[axis] - rule.padding[axis]
                 + rule.dilation[axis] * np.arange(width))
    if rule.padding_mode == "zeros":
        return np.where((positions >= 0) & (positions < size), positions, -1)
    return inside(positions, size, rule.padding_mode)


def _units(rule: Correlation, sizes: list[int], outputs: int, output: object, along: list[np.ndarray]) -> np.ndarray:
    """Return flat units, (output, *space), of an output that is (output, *space) or (token, output)."""
    if not rule.as_tokens:
        return on_grid((outputs, *sizes), (output, *along))
    tokens = on_grid(tuple(sizes), along)
    return np.atleast_1d(output).reshape(-1, *(1,) * tokens.ndim) + tokens * outputs


def derive_transposed(rule: TransposedCorrelation, operation: Operation, operand: int, index: Index) -> Dependents:
    """Derive out[o, y] = Σ x[i, p] · w[i, o, k] + bias[o], where y = p · stride - padding + dilation · k."""
    values, weight = (each.values for each in operation.operands[:2])
    shape = operation.output.values.shape
    if operand == 2:
        return Dependents.of(on_grid(shape, (index[0], *map(np.arange, shape[1:]))))
    channel, *rest = index
    group = channel // (len(weight) // rule.groups)
    own = weight.shape[1]
    outputs = np.arange(own) if operand == 0 else np.array(rest[:1])
    counts = weight.shape[2:] if operand == 0 else values.shape[1:]
    moves, fixed = (rule.dilation, rule.stride) if operand == 0 else (rule.stride, rule.dilation)
    reached = [at * still - padding + move * np.arange(count) for at, still, padding, move, count in
               zip(rest[operand:], fixed, rule.padding, moves, counts, strict=True)]
    kept = [np.flatnonzero((each >= 0) & (each < size)) for each, size in zip(reached, shape[1:], strict=True)]
    units = on_grid(shape, (group * own + outputs, *(each[places] for each, places in zip(reached, kept))))
    given = weight[np.ix_([channel], outputs, *kept)][0] if operand == 0 else values[np.ix_([channel], *kept)]
    return Dependents.of(units, given)
