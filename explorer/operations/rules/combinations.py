"""Rules of values combined one by one: sums, products, masks, positions."""

from __future__ import annotations

import numpy as np
from torch import nn

from explorer.operations.rules.given import Found, Given, array, axes_of, operand, parameter, scores_axes
from explorer.results import Elementwise, Operand
from explorer.results.arithmetic import PARAMETER


def added(module: nn.Module, given: Given) -> Found:
    """Read a sum of inputs."""
    return Elementwise("add"), tuple(operand(f"input {place}", values) for place, values in enumerate(given.inputs, 1))


def multiplied(module: nn.Module, given: Given) -> Found:
    """Read a product of two inputs; a row scales the channels of a map or the features of tokens."""
    shape = given.output.shape
    return Elementwise("multiply"), tuple(
        operand(f"input {place}", _fitted(values, shape), axes_of(len(shape)))
        for place, values in enumerate(given.inputs, 1))


def _fitted(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if values.ndim == 1 and len(shape) == 3:
        return values[:, None, None]
    return values[None] if values.ndim == 1 and len(shape) == 2 else values


def scaled_residual(module: nn.Module, given: Given) -> Found:
    """Read x + γ · f."""
    x, branch = given.inputs
    gamma = array(module.gamma)
    gamma = gamma[:, None, None] if x.ndim == 3 else gamma
    axes = axes_of(x.ndim) if x.ndim == 3 else ("feature",)
    return Elementwise("scaled_add"), (operand("input", x), operand("branch", branch),
                                       operand("scale", gamma, axes, PARAMETER))


def masked(module: nn.Module, given: Given) -> Found:
    """Read scores with minus infinity where a mask is off."""
    scores, mask = given.input, array(module.mask)
    axes = scores_axes(scores.ndim)
    return Elementwise("mask"), (operand("scores", scores, axes),
                                 Operand("mask", mask, axes[len(axes) - mask.ndim:], PARAMETER, signed=False))


def positions(module: nn.Module, given: Given) -> Found:
    """Read the addition of positions, learned or fixed."""
    return Elementwise("add"), (operand("tokens", given.input),
                                parameter("positions", module.positions, ("token", "feature")))


def relative_bias(module: nn.Module, given: Given) -> Found:
    """Read the addition of a learned bias for each offset from query to key."""
    axes = scores_axes(given.input.ndim)
    bias = module.table[module.index].permute(2, 0, 1)
    return Elementwise("add"), (operand("scores", given.input, axes), parameter("bias", bias, axes[-3:]))
