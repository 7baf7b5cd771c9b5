"""Derivatives of formulas of activations, exact: each step of a formula with its derivative, in NumPy."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.operations.arithmetic.formulas import CONSTANTS, FUNCTIONS, evaluate_node, parse_formula

Pair = tuple[Any, Any]  # a value, and its derivative

_sigmoid = FUNCTIONS["sigmoid"]
# Function of one argument -> its derivative there.
_DERIVATIVES: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "log": lambda x: 1 / x, "sqrt": lambda x: 0.5 / np.sqrt(x), "abs": np.sign, "sin": np.cos,
    "cos": lambda x: -np.sin(x), "tanh": lambda x: 1 - np.tanh(x) ** 2, "sigmoid": lambda x: _sigmoid(x) * _sigmoid(-x),
    "relu": lambda x: np.where(x > 0, 1.0, 0.0), "erf": lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x),
    "softplus": _sigmoid,
}


def differentiate(formula: str, by: str, **variables: Any) -> Any:
    """Differentiate a formula such as `x if x > 0 else 0.1 * x` by one of its names, for numbers or arrays.

    Where both sides of `max` or `min` are equal, the first of a `max` and the second of a `min` counts: that makes
    max(0, x) flat at 0, and min(max(0, x), 6) at both of its ends, as torch has it. Raises ValueError for no formula.

    >>> float(differentiate("max(0, x) + a * min(0, x)", "x", x=-2.0, a=0.25))
    0.25
    >>> float(differentiate("x * sigmoid(x)", "x", x=0.0))
    0.5
    """
    known = {**CONSTANTS, **{name: np.asarray(value, np.float64) for name, value in variables.items()}}
    with np.errstate(all="ignore"):
        _value, derivative = _pair(parse_formula(formula), by, known)
        return derivative + np.zeros_like(known[by])


def _pair(node: ast.AST, by: str, known: Mapping[str, Any]) -> Pair:
    """Return the value of a part of a formula, and its derivative."""
    match node:
        case ast.Name(id=name) if name in known:
            return known[name], np.float64(name == by)
        case ast.UnaryOp(op=sign, operand=part):
            value, slope = _pair(part, by, known)
            return (-value, -slope) if isinstance(sign, ast.USub) else (value, slope)
        case ast.BinOp():
            return _BINARY[type(node.op)](*_pair(node.left, by, known), *_pair(node.right, by, known))
        case ast.IfExp():
            test = evaluate_node(node.test, known)
            pairs = _pair(node.body, by, known), _pair(node.orelse, by, known)
            return tuple(np.where(test, first, second) for first, second in zip(*pairs, strict=True))
        case ast.Call(func=ast.Name(id="max" | "min" as name), args=[left, right]):
            (a, da), (b, db) = _pair(left, by, known), _pair(right, by, known)
            takes_first = a >= b if name == "max" else a < b
            return np.where(takes_first, a, b), np.where(takes_first, da, db)
        case ast.Call(func=ast.Name(id=name), args=[part]) if name in _DERIVATIVES:
            value, slope = _pair(part, by, known)
            return FUNCTIONS[name](value), np.where(slope == 0, 0.0, _DERIVATIVES[name](value) * slope)
    return evaluate_node(node, known), np.float64(0)


def _power(a: Any, da: Any, b: Any, db: Any) -> Pair:
    by_base = np.where(da == 0, 0.0, b * np.power(a, b - 1) * da)
    by_exponent = np.where(db == 0, 0.0, np.power(a, b) * np.log(a) * db)
    return np.power(a, b), by_base + by_exponent


_BINARY: dict[type, Callable[..., Pair]] = {
    ast.Add: lambda a, da, b, db: (a + b, da + db), ast.Sub: lambda a, da, b, db: (a - b, da - db),
    ast.Mult: lambda a, da, b, db: (a * b, da * b + a * db),
    ast.Div: lambda a, da, b, db: (a / b, (da * b - a * db) / (b * b)), ast.Pow: _power,
}
