"""Unit health: dead rectifiers and saturated activations."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor, nn

FLAT_SLOPE = 0.05  # a value is saturated where the slope is under 5 % of the steepest: |x| > 4.4 for the sigmoid
_RECTIFIERS = (nn.ReLU, nn.ReLU6)
_BOUNDED = (nn.Sigmoid, nn.Tanh, nn.Hardsigmoid, nn.Hardtanh, nn.Softsign)
_OWN_BOUNDED = ("ScaledSigmoid",)


def is_rectifier(module: nn.Module) -> bool:
    """Return whether a module outputs exactly zero, and passes no gradient, for every input below a threshold."""
    return isinstance(module, _RECTIFIERS)


def is_bounded(module: nn.Module) -> bool:
    """Return whether an activation flattens out on both sides."""
    return isinstance(module, _BOUNDED) or type(module).__name__ in _OWN_BOUNDED


def dead_units(output: Tensor) -> Tensor:
    """Find the units that are zero on every sample: (unit,). A unit is a feature (last axis) or a whole channel."""
    axis = 1 if output.dim() == 4 else output.dim() - 1
    others = [i for i in range(output.dim()) if i != axis]
    return (output == 0).all(0).flatten(0) if not others else output.abs().amax(others) == 0


def saturated_share(module: nn.Module, output: Tensor) -> float:
    """Compute the share of an activation's values where its slope is under FLAT_SLOPE of its steepest; else NaN.

    The slope follows from the output alone, since these functions are monotonic.
    """
    if not is_bounded(module):
        return math.nan
    low, high = steep_range(type(module))
    return ((output < low) | (output > high)).float().mean().item()


@cache
@torch.enable_grad()
def _steepness(kind: type[nn.Module]) -> tuple[Tensor, Tensor]:
    """Compute (values, slopes) of an activation along a fine grid of inputs."""
    x = torch.linspace(-60, 60, 120_001, requires_grad=True)
    y = kind()(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), slope


@cache
def steep_range(kind: type[nn.Module]) -> tuple[float, float]:
    """Find the lowest and the highest value of an activation at which it is not flat yet."""
    values, slopes = _steepness(kind)
    steep = values[slopes >= FLAT_SLOPE * slopes.max()]
    return steep.min().item(), steep.max().item()
