"""Calls that get a module of their own: which functions they are of, and which module each gets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.attribution.call_modules import MaxPool, Pointwise, Product, Quotient, Softmax, Standardization

# What makes a module out of the arguments of a call; it takes those of its arguments that are tensors and vary.
Maker = Callable[..., nn.Module | None]

_POINTWISE = (
    "relu", "relu6", "elu", "selu", "celu", "leaky_relu", "prelu", "rrelu", "logsigmoid", "gelu", "silu", "mish",
    "hardswish", "hardsigmoid", "hardtanh", "softsign", "softplus", "tanhshrink", "softshrink", "hardshrink",
    "threshold", "sigmoid", "tanh", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt", "square", "abs",
    "erf", "sin", "cos", "tan", "sinh", "cosh", "arctan", "atan", "reciprocal", "pow", "clamp", "clip", "clamp_min",
    "clamp_max")
_PRODUCTS, _QUOTIENTS = ("mul", "multiply"), ("div", "divide", "true_divide")
_SOFTMAXES = ("softmax", "log_softmax")


def _named(names: tuple[str, ...]) -> Iterator[tuple[Callable[..., Any], Callable[..., Any]]]:
    """Yield (function, the one that leaves its input as it is) of these names, wherever torch has them."""
    for name in names:
        for place in (F, torch, Tensor):
            plain = getattr(place, name, None) or getattr(torch, name, None)
            for function in (getattr(place, name, None), getattr(place, f"{name}_", None)):
                if function is not None and plain is not None:
                    yield function, plain


def _pointwise(plain: Callable[..., Any]) -> Maker:
    def make(x: Tensor, *rest: Any, **named: Any) -> nn.Module | None:
        if plain.__name__ == "relu":
            return nn.ReLU()
        if any(isinstance(each, Tensor) and each.requires_grad for each in (*rest, *named.values())):
            return None  # the other one varies, too
        return Pointwise(plain, *rest, **named)
    return _not_in_place(plain, make)


def _not_in_place(function: Callable[..., Any], make: Maker) -> Maker:
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


def _softmax(plain: Callable[..., Any]) -> Maker:
    def make(x: Tensor, dim: int | None = None, *rest: Any, **named: Any) -> nn.Module:
        named.pop("_stacklevel", None)
        return Softmax(getattr(F, plain.__name__), dim, **{name: each for name, each in named.items() if each})
    return make


def _pool(axes: int) -> Maker:
    return lambda x, *rest, **named: MaxPool(axes, *rest, **named)


def _layer_norm(x: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
                eps: float = 1e-5) -> nn.Module:
    return Standardization(tuple(normalized_shape), weight, bias, eps)


OWN: dict[Callable[..., Any], Maker] = {
    **{function: _pointwise(plain) for function, plain in _named(_POINTWISE)},
    **{function: _two(Product) for function, _ in _named(_PRODUCTS)},
    **{function: _two(Quotient) for function, _ in _named(_QUOTIENTS)},
    **{function: _softmax(plain) for function, plain in _named(_SOFTMAXES)},
    **{function: _pool(axes) for axes, function in enumerate((F.max_pool1d, F.max_pool2d, F.max_pool3d), 1)},
    F.layer_norm: _layer_norm,
}
