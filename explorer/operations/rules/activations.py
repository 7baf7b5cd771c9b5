"""Rules of activations: formulas of each value on its own, softmax, and gates."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from explorer.operations.arithmetic.formulas import evaluate
from explorer.operations.rules.given import Found, Given, NoRule, operand, parameter, scores_axes
from explorer.results import Elementwise, Formulas, Pointwise, Softmax

_NO_SOURCE = np.zeros(0, np.int32)
_POINTS = 97


def _elu(module: nn.Module) -> str:
    return f"x if x > 0 else {_n(module.alpha)} * (exp(x) - 1)"


def _gelu(module: nn.GELU) -> str:
    return "x * (1 + erf(x / sqrt(2))) / 2" if module.approximate == "none" else \
        "x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2"


def _softplus(module: nn.Softplus) -> str:
    beta = _n(module.beta)
    soft = "softplus(x)" if module.beta == 1 else f"softplus({beta} * x) / {beta}"
    return f"x if {beta} * x > {_n(module.threshold)} else {soft}"


def _softshrink(module: nn.Softshrink) -> str:
    size = _n(module.lambd)
    return f"x - {size} if x > {size} else x + {size} if x < -{size} else 0"


def _n(value: float) -> str:
    """Write a setting in full: as an integer where it is one, infinity as a number too large for any float."""
    if math.isinf(value):
        return "1e400" if value > 0 else "-1e400"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


FORMULAS: dict[type[nn.Module], Callable[[nn.Module], str]] = {
    nn.Identity: lambda m: "x", nn.Dropout: lambda m: "x", nn.Dropout1d: lambda m: "x", nn.Dropout2d: lambda m: "x",
    nn.Dropout3d: lambda m: "x", nn.AlphaDropout: lambda m: "x", nn.FeatureAlphaDropout: lambda m: "x",
    nn.ReLU: lambda m: "max(0, x)", nn.ReLU6: lambda m: "min(max(0, x), 6)", nn.Sigmoid: lambda m: "sigmoid(x)",
    nn.Tanh: lambda m: "tanh(x)", nn.LeakyReLU: lambda m: f"max(0, x) + {_n(m.negative_slope)} * min(0, x)",
    nn.RReLU: lambda m: f"max(0, x) + {_n((m.lower + m.upper) / 2)} * min(0, x)", nn.ELU: _elu,
    nn.SELU: lambda m: "1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (exp(x) - 1))",
    nn.CELU: lambda m: f"max(0, x) + min(0, {_n(m.alpha)} * (exp(x / {_n(m.alpha)}) - 1))", nn.GELU: _gelu,
    nn.SiLU: lambda m: "x * sigmoid(x)", nn.Mish: lambda m: "x * tanh(softplus(x))",
    nn.Hardswish: lambda m: "x * min(max(0, x + 3), 6) / 6", nn.Hardsigmoid: lambda m: "min(max(0, x + 3), 6) / 6",
    nn.LogSigmoid: lambda m: "-softplus(-x)", nn.Hardtanh: lambda m: f"min(max({_n(m.min_val)}, x), {_n(m.max_val)})",
    nn.Softsign: lambda m: "x / (1 + abs(x))", nn.Softplus: _softplus, nn.Tanhshrink: lambda m: "x - tanh(x)",
    nn.Softshrink: _softshrink, nn.Hardshrink: lambda m: f"x if abs(x) > {_n(m.lambd)} else 0",
    nn.Threshold: lambda m: f"x if x > {_n(m.threshold)} else {_n(m.value)}",
}
OWN_FORMULAS: dict[str, Callable[[nn.Module], str]] = {
    "ScaledSigmoid": lambda m: "4 * sigmoid(x) - 2", "Step": lambda m: "1 if x > 0 else 0",
    "OwnActivation": lambda m: m.formula, "StochasticDepth": lambda m: "x",
}


def pointwise(formula_of: Callable[[nn.Module], str]) -> Callable[[nn.Module, Given], Found]:
    """Make the reader of an activation from the formula of its settings."""
    return lambda module, given: (_pointwise(formula_of(module), given.input), (operand("input", given.input),))


def prelu(module: nn.PReLU, given: Given) -> Found:
    """Read a leaky ReLU with learned slopes, one for all or one a channel."""
    values, slope = given.input, module.weight.detach()
    per_channel = slope.numel() > 1
    shape = (-1, *(1,) * (values.ndim - 1)) if per_channel else (1,)
    axes = operand("input", values).axes if per_channel else ("slope",)
    return (_pointwise("max(0, x) + a * min(0, x)", values, a=float(slope[0])),
            (operand("input", values), parameter("slope", slope.view(shape), axes)))


def _pointwise(formula: str, values: np.ndarray, **known: float) -> Pointwise:
    """Make the rule, with its curve over the values there are and at least from -3 to 3."""
    finite = values[np.isfinite(values)] if values.size else values
    low, high = (float(np.clip(edge, -30, 30)) for edge in (finite.min(initial=-3), finite.max(initial=3)))
    x = np.linspace(low, high, _POINTS)
    y = np.broadcast_to(evaluate(formula, x=x, **known), x.shape)
    return Pointwise(formula, x.astype(np.float32), y.astype(np.float32), _NO_SOURCE)


def softmax(module: nn.Softmax | nn.LogSoftmax, given: Given) -> Found:
    """Read softmax or its logarithm along an axis."""
    if module.dim is None:
        raise NoRule
    values, axis = given.input, given.axis(module.dim)
    of_scores = values.ndim > 2 and axis == values.ndim - 1  # a map's is along its channels
    return (Softmax(axis, isinstance(module, nn.LogSoftmax)),
            (operand("input", values, scores_axes(values.ndim) if of_scores else ()),))


def glu(module: nn.GLU, given: Given) -> Found:
    """Read a gated linear unit: one half of the input times the sigmoid of the other."""
    first, second = np.split(given.input, 2, given.axis(module.dim))
    return Elementwise("gate"), (operand("values", first), operand("gates", second))


_PLANE = ("x1", "x2", "x1 * x1", "x2 * x2", "x1 * x2", "sin(x1)", "sin(x2)")
_PROBE = (0.3, 0.7)


def plane_features(module: nn.Module, given: Given) -> Found:
    """Read the features of points in the plane; the module is asked which ones it computes."""
    values = module(torch.tensor([_PROBE], dtype=torch.float64))[0].tolist()
    known = {float(evaluate(formula, x1=_PROBE[0], x2=_PROBE[1])): formula for formula in _PLANE}
    formulas = tuple(min(known.items(), key=lambda pair: abs(pair[0] - value))[1] for value in values)
    return Formulas(formulas), (operand("input", given.input),)
