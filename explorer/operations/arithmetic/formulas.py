"""Formulas of activations, evaluated in NumPy through a whitelist: never run as code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np


def _sigmoid(x: Any) -> Any:
    return np.where(x >= 0, 1, np.exp(x)) / (1 + np.exp(-np.abs(x)))


_erf = np.vectorize(math.erf, otypes=[float])

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "sigmoid": _sigmoid, "relu": lambda x: np.maximum(x, 0), "erf": _erf,
    "softplus": lambda x: np.logaddexp(0, x), "max": np.maximum, "min": np.minimum,
}
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
              ast.Pow: np.power, ast.Gt: operator.gt, ast.Lt: operator.lt, ast.GtE: operator.ge, ast.LtE: operator.le}
_CONSTANTS = {"pi": math.pi, "e": math.e}


def evaluate(formula: str, **variables: Any) -> Any:
    """Evaluate a formula such as `x if x > 0 else 0.1 * x` for numbers or arrays, in double precision.

    Raises ValueError for anything that is no formula.

    >>> float(evaluate("max(0, x) + a * min(0, x)", x=-2.0, a=0.25))
    -0.5
    """
    known = {name: np.asarray(value, np.float64) for name, value in variables.items()}
    with np.errstate(all="ignore"):
        return _value(_parse(formula), {**_CONSTANTS, **known})


@lru_cache(maxsize=256)
def _parse(formula: str) -> ast.expr:
    return ast.parse(formula.strip(), mode="eval").body


def _value(node: ast.AST, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.float64(number)
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return -_value(part, known)
        case ast.UnaryOp(op=ast.UAdd(), operand=part):
            return _value(part, known)
        case ast.BinOp(op=sign) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(node.left, known), _value(node.right, known))
        case ast.Compare(ops=[sign], comparators=[right]) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(node.left, known), _value(right, known))
        case ast.IfExp():
            return np.where(*(_value(part, known) for part in (node.test, node.body, node.orelse)))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_value(part, known) for part in arguments))
    raise ValueError(f"{ast.unparse(node)} is no part of a formula")
