"""Modules for single calls of functions that are not linear, so that a method can put its rule on each call.

DeepLift reads the input and the baseline in one batch, the second half of which are the baselines. In it (`is_paired`)
the modules here take themselves apart into what its rules are exact for: functions of one value, maxima of windows that
share no value, and products, each factor of which is credited at the mean of the other. Source of the last: Shapley
values of a product of two; Lundberg & Lee 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_POOLS = {1: (nn.MaxPool1d, F.max_pool1d), 2: (nn.MaxPool2d, F.max_pool2d), 3: (nn.MaxPool3d, F.max_pool3d)}


class Pointwise(nn.Module):
    """A call of a function of each value on its own; what it is given besides that is kept.

    >>> Pointwise(F.hardtanh, -1.0, max_val=2.0)(torch.tensor([-3.0, 3.0])).tolist()
    [-1.0, 2.0]
    """

    def __init__(self, function: Callable[..., Tensor], *rest: Any, **named: Any) -> None:
        super().__init__()
        self.function, self.rest, self.named = function, rest, named

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, *self.rest, **self.named)


class Paired(nn.Module):
    """A module that takes itself apart where `is_paired`: while a batch holds inputs and, behind them, baselines."""

    is_paired = False


class Product(Paired):
    """A product of two values that both vary, in which a factor may be one number for many values of the other.

    >>> Product()(torch.tensor([2.0]), torch.tensor([3.0]))
    tensor([6.])
    """

    takes = 2

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return _SharedProduct.apply(first, second) if self.is_paired else first * second


class _SharedProduct(torch.autograd.Function):
    """A product whose multipliers are the mean of the other factor over input and baseline."""

    @staticmethod
    def forward(ctx: Any, first: Tensor, second: Tensor) -> Tensor:
        ctx.save_for_backward(first, second)
        return first * second

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        first, second = ctx.saved_tensors
        return (grad * _mean_of_pair(second)).sum_to_size(first.shape), \
            (grad * _mean_of_pair(first)).sum_to_size(second.shape)


def _mean_of_pair(values: Tensor) -> Tensor:
    """Return, for each row of inputs and baselines, the mean of the two that belong together."""
    inputs, baselines = values.chunk(2)
    return ((inputs + baselines) / 2).repeat(2, *[1] * (values.dim() - 1))


class Quotient(Paired):
    """A quotient of two values that both vary.

    >>> Quotient()(torch.tensor([6.0]), torch.tensor([3.0]))
    tensor([2.])
    """

    takes = 2

    def __init__(self) -> None:
        super().__init__()
        self.reciprocal, self.product = Pointwise(torch.reciprocal), Product()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.product(first, self.reciprocal(second)) if self.is_paired else first / second


class Softmax(Paired):
    """A softmax, or its logarithm: exponentials over their sum.

    >>> Softmax(F.softmax, 0)(torch.zeros(2)).tolist()
    [0.5, 0.5]
    """

    def __init__(self, function: Callable[..., Tensor], dim: int | None, **named: Any) -> None:
        super().__init__()
        self.function, self.dim, self.named, self.is_log = function, dim, named, "log" in function.__name__
        self.exp, self.quotient, self.log = Pointwise(torch.exp), Quotient(), Pointwise(torch.log)

    def forward(self, x: Tensor) -> Tensor:
        if not self.is_paired or self.dim is None:
            return self.function(x, dim=self.dim, **self.named)
        inputs, baselines = x.detach().chunk(2)
        least = torch.maximum(inputs, baselines).amax(self.dim, keepdim=True).repeat(2, *[1] * (x.dim() - 1))
        shifted = x - least  # of both by the same amount, which cancels
        powers = self.exp(shifted.view_as(shifted))
        total = powers.sum(self.dim, keepdim=True)
        return shifted - self.log(total) if self.is_log else self.quotient(powers, total)


class Standardization(Paired):
    """A call of a normalization by mean and variance over axes, such as layer norm's, with its weight and bias.

    rest: what the function is given besides the values. groups: of channels that are normalized together, 0 for none.

    >>> norm = Standardization(F.layer_norm, ((2,), None, None, 0.0), (-1,), None, None, 0.0)
    >>> norm(torch.tensor([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(self, function: Callable[..., Tensor], rest: tuple[Any, ...], axes: tuple[int, ...],
                 weight: Tensor | None, bias: Tensor | None, eps: float, centers: bool = True, groups: int = 0) -> None:
        super().__init__()
        self.function, self.rest, self.axes, self.affine = function, rest, axes, (weight, bias)
        self.eps, self.centers, self.groups = eps, centers, groups
        self.square, self.rsqrt, self.product = Product(), Pointwise(torch.rsqrt), Product()

    def forward(self, x: Tensor) -> Tensor:
        if not self.is_paired:
            return self.function(x, *self.rest)
        values = x.unflatten(1, (self.groups, -1)) if self.groups else x
        centered = values - values.mean(self.axes, keepdim=True) if self.centers else values
        variance = self.square(centered, centered).mean(self.axes, keepdim=True)
        scaled = self.product(centered, self.rsqrt(variance + self.eps)).reshape(x.shape)
        weight, bias = (each if each is None or not self.groups else each.reshape(-1, *[1] * (x.dim() - 2))
                        for each in self.affine)
        scaled = scaled if weight is None else scaled * weight
        return scaled if bias is None else scaled + bias


class MaxPool(Paired):
    """A max pooling, whose windows are copied apart where they overlap: its rule needs windows that share no value.

    >>> MaxPool(2, kernel_size=2, stride=1)(torch.arange(9.0).reshape(1, 1, 3, 3)).tolist()
    [[[[4.0, 5.0], [7.0, 8.0]]]]
    """

    def __init__(self, axes: int, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 ceil_mode: bool = False, return_indices: bool = False) -> None:
        super().__init__()
        spread = [_spread(each, axes) for each in (kernel_size, stride or kernel_size, padding, dilation)]
        self.sizes, self.ceil_mode, self.function = spread, ceil_mode, _POOLS[axes][1]
        self.apart = _POOLS[axes][0](spread[0], spread[0])

    def forward(self, x: Tensor) -> Tensor:
        if not self.is_paired:
            return self.function(x, *self.sizes, self.ceil_mode)
        for axis, window in enumerate(zip(*self.sizes, strict=True), x.dim() - len(self.sizes[0])):
            x = x.index_select(axis, _places(x.shape[axis], *window, self.ceil_mode).to(x.device))
        return self.apart(x)


class Maximum(Paired):
    """A maximum over whole axes, which hold `count` values together; the batch is none of them.

    >>> Maximum((1,), False, 2)(torch.tensor([[1.0, 3.0]]))
    tensor([3.])
    """

    def __init__(self, axes: tuple[int, ...], keeps: bool, count: int) -> None:
        super().__init__()
        self.axes, self.keeps, self.pool = axes, keeps, nn.MaxPool1d(count)

    def forward(self, x: Tensor) -> Tensor:
        found = x.amax(self.axes, self.keeps)
        if not self.is_paired:
            return found
        rows = x.movedim(self.axes, tuple(range(-len(self.axes), 0))).reshape(len(x), -1, self.pool.kernel_size)
        return self.pool(rows).reshape(found.shape)


def _spread(size: Any, axes: int) -> tuple[int, ...]:
    return tuple(size) if isinstance(size, tuple | list) and len(size) == axes else (_one(size),) * axes


def _one(size: Any) -> int:
    return size[0] if isinstance(size, tuple | list) else size


def _places(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> Tensor:
    """Return the places along an axis that the windows hold, one window after the other.

    A place in the padding is taken by the next one of the window that lies inside, which leaves the maximum as it is.
    """
    reach = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (math.ceil(reach / stride) if ceil_mode else reach // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    places = torch.arange(count)[:, None] * stride - padding + torch.arange(kernel) * dilation
    places = torch.where(places < 0, places % dilation, places)
    beyond = (places - size).div(dilation, rounding_mode="floor") + 1
    return torch.where(places >= size, places - beyond * dilation, places).flatten()
