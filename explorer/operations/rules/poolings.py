"""Rules of pooling: over windows, adaptive, or over whole axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from explorer.operations.rules.convolutions import SPACE
from explorer.operations.rules.given import Found, Given, operand
from explorer.operations.rules.moves import moved
from explorer.results import Pooling, Reduction


def _all_axes(size: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    return tuple(size) if isinstance(size, tuple | list) else (size,) * rank


def windowed(kind: str, rank: int) -> Callable[[nn.Module, Given], Found]:
    """Make the reader of a pooling layer of this kind over windows, in so many axes of space."""
    def read(module: nn.Module, given: Given) -> Found:
        values = given.input
        size, stride, padding, dilation = (
            _all_axes(each, rank) for each in (module.kernel_size, module.stride or module.kernel_size, module.padding,
                                               getattr(module, "dilation", 1)))
        bounds = [_windows(*each) for each in zip(given.output.shape[1:], values.shape[1:], size, stride, padding,
                                                  dilation)]
        divisor = np.zeros(0, np.float32) if kind == "max" else _divisor(module, bounds, values.shape[1:], padding)
        return _pooling(kind, bounds, divisor, dilation), (operand("input", values, ("channel", *SPACE[rank])),)

    return read


def _windows(count: int, size: int, width: int, stride: int, padding: int, dilation: int):
    """Return (start, stop) of every window within the input, and (start, stop) with the padding."""
    first = np.arange(count) * stride - padding
    last = first + dilation * (width - 1) + 1
    skipped = np.maximum(0, -(first // dilation)) * (first < 0)  # places of the window in the padding
    return first + skipped * dilation, np.minimum(last, size), first, np.minimum(last, size + padding)


def _divisor(module: nn.Module, bounds: list, space: tuple[int, ...], padding: tuple[int, ...]) -> np.ndarray:
    """Compute the number that every window's sum is divided by."""
    if getattr(module, "divisor_override", None):
        return np.full([len(each[0]) for each in bounds], module.divisor_override, np.float32)
    sides = [each[3] - each[2] if module.count_include_pad else each[1] - each[0] for each in bounds]
    return _outer(sides)


def _outer(sides: list[np.ndarray]) -> np.ndarray:
    return (sides[0] if len(sides) == 1 else np.multiply.outer(*sides)).astype(np.float32)


def _pooling(kind: str, bounds: list, divisor: np.ndarray, step: tuple[int, ...]) -> Pooling:
    starts, stops = (np.full((len(bounds), max(len(each[0]) for each in bounds)), -1, np.int32) for _ in range(2))
    for axis, each in enumerate(bounds):
        starts[axis, :len(each[0])], stops[axis, :len(each[1])] = each[:2]
    return Pooling(kind, starts, stops, divisor, tuple(step))


def adaptive(kind: str, rank: int) -> Callable[[nn.Module, Given], Found]:
    """Make the reader of an adaptive pooling layer: the input is cut into as many windows as the output has places."""
    def read(module: nn.Module, given: Given) -> Found:
        values, bounds = given.input, []
        for count, size in zip(given.output.shape[1:], values.shape[1:]):
            places = np.arange(count)
            bounds.append((places * size // count, -(-(places + 1) * size // count)))
        divisor = np.zeros(0, np.float32) if kind == "max" else _outer([stop - start for start, stop in bounds])
        return _pooling(kind, bounds, divisor, (1,) * rank), (operand("input", values, ("channel", *SPACE[rank])),)

    return read


def global_pool(module: nn.Module, given: Given) -> Found:
    """Read global pooling; the module is asked for its kind."""
    mean = module(torch.tensor([[[[0.0, 1.0]]]])).item() == 0.5
    return Reduction("mean" if mean else "max", (1, 2)), (operand("input", given.input),)


def token_pooling(module: nn.Module, given: Given) -> Found:
    """Read the pooling of tokens; the module is asked for its kind, a single token is a move."""
    kind = {2: "mean", 5: "max"}.get(module(torch.tensor([[[0.0], [5.0], [1.0]]])).item())
    if kind is None:
        return moved(module, given)
    return Reduction(kind, (0,)), (operand("input", given.input),)
