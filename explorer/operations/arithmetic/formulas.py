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
CONSTANTS = {"pi": math.pi, "e": math.e}


def evaluate(formula: str, **variables: Any) -> Any:
    """Evaluate a formula such as `x if x > 0 else 0.1 * x` for numbers or arrays, in double precision.

    Raises ValueError for anything that is no formula.

    >>> float(evaluate("max(0, x) + a * min(0, x)", x=-2.0, a=0.25))
    -0.5
    """
    known = {name: np.asarray(value, np.float64) for name, value in variables.items()}
    with np.errstate(all="ignore"):
        return evaluate_node(parse_formula(formula), {**CONSTANTS, **known})


@lru_cache(maxsize=256)
def parse_formula(formula: str) -> ast.expr:
    """Parse a formula, as it is written, into its parts."""
    return ast.parse(formula.strip(), mode="eval").body


def evaluate_node(node: ast.AST, known: Mapping[str, Any]) -> Any:
    """Evaluate a part of a formula. Raises ValueError for anything that is no part of one."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.float64(number)
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return -evaluate_node(part, known)
        case ast.UnaryOp(op=ast.UAdd(), operand=part):
            return evaluate_node(part, known)
        case ast.BinOp(op=sign) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](evaluate_node(node.left, known), evaluate_node(node.right, known))
        case ast.Compare(ops=[sign], comparators=[right]) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](evaluate_node(node.left, known), evaluate_node(right, known))
        case ast.IfExp():
            return np.where(*(evaluate_node(part, known) for part in (node.test, node.body, node.orelse)))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in FUNCTIONS:
            return FUNCTIONS[name](*(evaluate_node(part, known) for part in arguments))
    raise ValueError(f"{ast.unparse(node)} is no part of a formula")
