"""Convolution and transposed convolution of one unit: the patch, the kernel, their products, and the sum."""

from __future__ import annotations

import numpy as np

from explorer.operations.arithmetic.work import Work, box, cell, cells, number, plus, products_line, step, sum_line
from explorer.results import Correlation, Operation, TransposedCorrelation, Window
from explorer.text import text

_SPACE = {1: ("position",), 2: ("height", "width")}


def explain_correlation(rule: Correlation, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out out[o, p] = Σ w[o, i, k] · x[i, stride · p - padding + dilation · k] + bias[o]."""
    values, weight = (operand.values for operand in operation.operands[:2])
    output, place = _place(rule, values.shape, weight.shape, unit)
    along = [y * stride - padding + dilation * np.arange(size) for y, stride, padding, dilation, size in
             zip(place, rule.stride, rule.padding, rule.dilation, weight.shape[2:])]
    count = weight.shape[1]
    first = output // (weight.shape[0] // rule.groups) * count
    patch = _patch(values[first:first + count], along, rule.padding_mode)
    windows = (_input_window(rule, values.shape, first, count, along),
               box(1, (output, *(0,) * (weight.ndim - 1)), (output + 1, *weight.shape[1:])))
    return _summed(operation, windows, patch, weight[output].astype(np.float64), output)


def explain_transposed(rule: TransposedCorrelation, operation: Operation, unit: tuple[int, ...]) -> Work:
    """Work out out[o, y] = Σ x[i, p] · w[i, o, k] + bias[o], where y = p · stride - padding + dilation · k."""
    values, weight = (operand.values for operand in operation.operands[:2])
    output, *place = unit
    taps = [_taps(y, *each) for y, *each in zip(place, rule.stride, rule.padding, rule.dilation, weight.shape[2:],
                                                values.shape[1:])]
    count = weight.shape[0] // rule.groups
    group, own = divmod(output, weight.shape[1])
    channels = np.arange(group * count, (group + 1) * count)
    patch = values[np.ix_(channels, *(positions for positions, _ in taps))].astype(np.float64)
    kernel = weight[np.ix_(channels, [own], *(k for _, k in taps))][:, 0].astype(np.float64)
    windows = (_grid(0, (channels, *(positions for positions, _ in taps))),
               _grid(1, (channels, np.array([own]), *(k for _, k in taps))))
    return _summed(operation, windows, patch, kernel, output)


def _place(rule: Correlation, shape: tuple[int, ...], kernel: tuple[int, ...], unit: tuple[int, ...]) -> tuple:
    """Split a unit into its output channel and its place in space."""
    if not rule.as_tokens:
        return unit[0], unit[1:]
    space = [(size + 2 * padding - dilation * (width - 1) - 1) // stride + 1 for size, stride, padding, dilation, width
             in zip(shape[1:], rule.stride, rule.padding, rule.dilation, kernel[2:])]
    return unit[1], tuple(map(int, np.unravel_index(unit[0], space)))


def _patch(values: np.ndarray, along: list[np.ndarray], mode: str) -> np.ndarray:
    """Cut the window out of these channels, with the padding that is in it."""
    patch = values
    for axis, positions in enumerate(along, 1):
        size = values.shape[axis]
        patch = patch.take(inside(positions, size, mode), axis)
        if mode == "zeros" and ((positions < 0) | (positions >= size)).any():
            shape = [1] * patch.ndim
            shape[axis] = -1
            patch = patch * ((positions >= 0) & (positions < size)).reshape(shape)
    return patch.astype(np.float64)


def inside(positions: np.ndarray, size: int, mode: str) -> np.ndarray:
    """Map positions in the padding to the ones that their values come from."""
    if mode == "circular":
        return positions % size
    if mode == "reflect":
        positions = np.abs(positions)
        return np.where(positions >= size, 2 * (size - 1) - positions, positions)
    return positions.clip(0, size - 1)


def _input_window(rule: Correlation, shape: tuple[int, ...], first: int, count: int, along: list) -> Window:
    is_inside = all(each[0] >= 0 and each[-1] < size for each, size in zip(along, shape[1:]))
    if is_inside or rule.padding_mode == "zeros":
        return box(0, (first, *(each[0] for each in along)), (first + count, *(each[-1] + 1 for each in along)),
                   (1, *rule.dilation))
    places = np.ix_(np.arange(first, first + count),
                    *(inside(each, size, rule.padding_mode) for each, size in zip(along, shape[1:])))
    return cells(0, shape, np.ravel_multi_index(np.broadcast_arrays(*places), shape).ravel())


def _taps(y: int, stride: int, padding: int, dilation: int, width: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Find (position, kernel's place) of every input along one axis that a transposed convolution adds up at y."""
    k = np.arange(width)
    position, rest = np.divmod(y + padding - dilation * k, stride)
    fits = (rest == 0) & (position >= 0) & (position < size)
    return position[fits], k[fits]


def _grid(operand: int, along: tuple[np.ndarray, ...]) -> Window:
    """Make the window of evenly spaced positions along every axis."""
    if not all(len(each) for each in along):
        return box(operand, (0,) * len(along), (0,) * len(along))
    ordered = [np.sort(each) for each in along]
    return box(operand, [each[0] for each in ordered], [each[-1] + 1 for each in ordered],
               [each[1] - each[0] if len(each) > 1 else 1 for each in ordered])


def _summed(operation: Operation, windows: tuple[Window, ...], patch: np.ndarray, kernel: np.ndarray,
            output: int) -> Work:
    """Multiply a patch by a kernel, both (channel, *space), and add up."""
    axes = ("channel", *_SPACE[patch.ndim - 1])
    products = patch * kernel
    by_channel = products.reshape(len(products), -1).sum(1)
    value, tail, last = by_channel.sum(), "", ()
    if len(operation.operands) > 2:
        bias = float(operation.operands[2].values[output])
        value, tail, windows = value + bias, plus(bias), (*windows, cell(2, (output,)))
        last = (step(text("Bias"), bias, number(bias), operand=2),)
    steps = (
        step(text("Patch of the input"), patch, axes=axes, operand=0),
        step(text("Kernel"), kernel, axes=axes, operand=1),
        step(text("Patch × kernel"), products, products_line(patch, kernel), axes),
        step(text("Sum by channel"), by_channel, sum_line(by_channel), ("channel",)), *last,
        step(text("Result"), value, f"{number(by_channel.sum())}{tail} = {number(value)}"))
    written = products_line(patch, kernel) if len(by_channel) == 1 else sum_line(by_channel)
    return Work(float(value), windows, steps, f"{written}{tail} = {number(value)}")
