"""Calls that get a module of their own: which functions they are of, and which module each gets."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.attribution.call_modules import Maximum, MaxPool, Pointwise, Product, Quotient, Softmax, Standardization

# What makes a module of the arguments of a call, or None; the module takes the first of them, or the first two.
Maker = Callable[..., nn.Module | None]
Function = Callable[..., Any]

_POINTWISE = (
    "relu", "relu6", "elu", "selu", "celu", "leaky_relu", "prelu", "rrelu", "logsigmoid", "gelu", "silu", "mish",
    "hardswish", "hardsigmoid", "hardtanh", "softsign", "softplus", "tanhshrink", "softshrink", "hardshrink",
    "threshold", "sigmoid", "tanh", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt", "square", "abs",
    "erf", "sin", "cos", "tan", "sinh", "cosh", "arctan", "atan", "reciprocal", "pow", "clamp", "clip", "clamp_min",
    "clamp_max")
_PRODUCTS, _QUOTIENTS = ("mul", "multiply"), ("div", "divide", "true_divide")
_SOFTMAXES, _MAXIMA = ("softmax", "log_softmax"), ("amax",)


def functions_named(*names: str) -> dict[Function, Function]:
    """Find torch's functions of these names, each with the one that leaves its input as it is.

    >>> functions_named("relu")[torch.relu_] is torch.relu
    True
    """
    found = {}
    for name in names:
        for place in (F, torch, Tensor):
            plain = next((getattr(each, name) for each in (place, F, torch, Tensor) if hasattr(each, name)), None)
            for spelled in (name, f"{name}_"):
                if plain is not None and hasattr(place, spelled):
                    found[getattr(place, spelled)] = plain
    return found


def _pointwise(plain: Function) -> Maker:
    def make(x: Tensor, *rest: Any, **named: Any) -> nn.Module | None:
        if plain.__name__ == "relu":
            return nn.ReLU()
        if any(isinstance(each, Tensor) and each.requires_grad for each in (*rest, *named.values())):
            return None  # the other one varies, too
        return Pointwise(plain, *rest, **named)
    return _not_in_place(plain, make)


def _not_in_place(function: Function, make: Maker) -> Maker:
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:  # it is written in C++
        return make
    if "inplace" not in names:
        return make

    def made(x: Tensor, *rest: Any, **named: Any) -> nn.Module | None:
        return make(x, **{**dict(zip(names[1:], rest, strict=False)), **named, "inplace": False})
    return made


def _two(kind: type[nn.Module]) -> Maker:
    def make(first: Any, second: Any, **named: Any) -> nn.Module | None:
        both = all(isinstance(each, Tensor) and each.requires_grad for each in (first, second))
        return kind() if both and not named else None
    return make


def _softmax(plain: Function) -> Maker:
    def make(x: Tensor, dim: int | None = None, *rest: Any, **named: Any) -> nn.Module:
        return Softmax(getattr(F, plain.__name__), dim)
    return make


def _max_pool(axes: int) -> Maker:
    return lambda x, *rest, **named: MaxPool(axes, *rest, **named)


def _adaptive_pool(axes: int) -> Maker:
    def make(x: Tensor, output_size: Any, return_indices: bool = False) -> nn.Module | None:
        sizes = x.shape[-axes:]
        wanted = output_size if isinstance(output_size, tuple | list) else (output_size,) * axes
        counts = [size if count is None else count for size, count in zip(sizes, wanted, strict=True)]
        if any(size % count for size, count in zip(sizes, counts, strict=True)):
            return None  # parts of several sizes
        return MaxPool(axes, tuple(size // count for size, count in zip(sizes, counts, strict=True)))
    return make


def _maximum(x: Tensor, dim: Any = (), keepdim: bool = False) -> nn.Module | None:
    axes = tuple(axis % x.dim() for axis in ((dim,) if isinstance(dim, int) else dim))
    return Maximum(axes, keepdim, math.prod(x.shape[axis] for axis in axes)) if axes and 0 not in axes else None


def _layer_norm(x: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
                eps: float = 1e-5) -> nn.Module:
    return Standardization(F.layer_norm, (tuple(normalized_shape), weight, bias, eps),
                           tuple(range(-len(normalized_shape), 0)), weight, bias, eps)


def _rms_norm(x: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None) -> nn.Module:
    return Standardization(F.rms_norm, (tuple(normalized_shape), weight, eps), tuple(range(-len(normalized_shape), 0)),
                           weight, None, torch.finfo(x.dtype).eps if eps is None else eps, centers=False)


def _group_norm(x: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
                eps: float = 1e-5) -> nn.Module:
    axes = tuple(range(2 - x.dim() - 1, 0))  # of (sample, group, channel of it, ...)
    return Standardization(F.group_norm, (num_groups, weight, bias, eps), axes, weight, bias, eps, groups=num_groups)


def _of_each(maker: Callable[[Function], Maker], *names: str) -> dict[Function, Maker]:
    return {function: maker(plain) for function, plain in functions_named(*names).items()}


POINTWISE: dict[Function, Function] = functions_named(*_POINTWISE)
OWN: dict[Function, Maker] = {
    **_of_each(_pointwise, *_POINTWISE), **_of_each(_softmax, *_SOFTMAXES),
    **_of_each(lambda plain: _two(Product), *_PRODUCTS), **_of_each(lambda plain: _two(Quotient), *_QUOTIENTS),
    **_of_each(lambda plain: _maximum, *_MAXIMA),
    **{function: _max_pool(axes) for axes, function in enumerate((F.max_pool1d, F.max_pool2d, F.max_pool3d), 1)},
    **{function: _adaptive_pool(axes) for axes, function in enumerate(
        (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d), 1)},
    F.layer_norm: _layer_norm, F.rms_norm: _rms_norm, F.group_norm: _group_norm,
}
