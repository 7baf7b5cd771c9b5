"""Formulas in x, as a person types them: parsed through a whitelist into a tree, never run as code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.text import Text, text

MAX_LENGTH = 200  # characters
MAX_NODES = 64
MAX_DEPTH = 32
MAX_NUMBER = 1_000_000
MAX_EXPONENT = 16
LARGEST_FLOAT32 = 3.4e38
ORDINARY = (-10.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 10.0)  # inputs at which a formula should have a slope

Functions = Mapping[str, Callable[..., Any]]


class ExpressionError(ValueError):
    """A text that is not a valid formula; `sentence` names what is not allowed in it, and what is."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class Variable:
    """The variable x."""


@dataclass(frozen=True)
class Apply:
    """A function, or an operator by its sign, applied to one or two parts."""

    function: str
    parts: tuple[Tree, ...]


Tree = float | Variable | Apply

OPERATORS: Functions = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
                        "neg": operator.neg}


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


FLOATS: Functions = {
    **OPERATORS, "**": math.pow, "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "abs": abs, "sin": math.sin,
    "cos": math.cos, "tanh": math.tanh, "sigmoid": _sigmoid, "relu": lambda x: max(x, 0.0),
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), "erf": math.erf, "max": max, "min": min,
}
FUNCTIONS = tuple(name for name in FLOATS if name.isalpha() and name != "neg")
_CONSTANTS = {"pi": math.pi, "e": math.e}
_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


@lru_cache(maxsize=256)
def parse(formula: str) -> Tree:
    """Parse a formula such as `x * sigmoid(1.7 * x)` into a tree, constants folded. Raises ExpressionError.

    Allowed are numbers, x, pi, e, `+ - * /`, `**` with a constant exponent, and FUNCTIONS.
    """
    tree = _Reader().read(_syntax_of(formula), 1)
    if isinstance(tree, float):
        raise ExpressionError(text("A formula must depend on x, such as x * sigmoid(x)."))
    return tree


def evaluate(tree: Tree, x: Any, functions: Functions = FLOATS) -> Any:
    """Evaluate the formula at x with the functions that fit x: FLOATS, or those of a tensor library."""
    if isinstance(tree, Variable):
        return x
    if isinstance(tree, Apply):
        return functions[tree.function](*(evaluate(part, x, functions) for part in tree.parts))
    return tree


def slope(tree: Tree, x: float) -> tuple[float, float]:
    """Compute value and derivative at x as backpropagation does; NaN where there is none.

    Source: forward accumulation, Griewank & Walther 2008, 3.1.
    """
    try:
        value, change = evaluate(tree, (x, 1.0), _DUALS)
    except (ArithmeticError, ValueError):
        return math.nan, math.nan
    return value, change


def first_failure(tree: Tree) -> float | None:
    """Find the first ordinary input where value or derivative is not finite in float32; None if there is none."""
    for x in ORDINARY:
        if not all(abs(number) <= LARGEST_FLOAT32 for number in slope(tree, x)):
            return x
    return None


def _syntax_of(formula: str) -> ast.expr:
    if len(formula) > MAX_LENGTH:
        raise ExpressionError(text("A formula can have at most {limit} characters; this one has {count:,}.",
                                   limit=MAX_LENGTH, count=len(formula)))
    if not formula.strip():
        raise ExpressionError(text("Write a formula in x, such as x * sigmoid(x)."))
    try:
        return ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(text("This is not a valid formula: {formula}. Check that all brackets are closed and "
                                   "that an operator joins any two parts.", formula=_cut(formula.strip()))) from None


class _Reader:
    """A converter of Python's syntax tree into ours, which counts the parts."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, node: ast.AST, depth: int) -> Tree:
        self.count += 1
        if self.count > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionError(text("A formula can have at most {nodes} parts, nested at most {depth} deep.",
                                       nodes=MAX_NODES, depth=MAX_DEPTH))
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return _number(number)
            case ast.Name(id="x"):
                return Variable()
            case ast.Name(id=name) if name in _CONSTANTS:
                return _CONSTANTS[name]
            case ast.UnaryOp(op=ast.UAdd(), operand=part):
                return self.read(part, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=part):
                return _apply("neg", self.read(part, depth + 1))
            case ast.BinOp(op=sign) if type(sign) in _SIGNS:
                return _apply(_SIGNS[type(sign)], self.read(node.left, depth + 1), self.read(node.right, depth + 1))
            case ast.BinOp(op=ast.BitXor()):
                raise ExpressionError(text("^ is not allowed in a formula; write a power with **, such as x ** 2."))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=named) if name in FUNCTIONS:
                return self._call(name, [*arguments, *named], depth)
        raise _not_allowed(node)

    def _call(self, name: str, arguments: list[ast.AST], depth: int) -> Tree:
        wanted = 2 if name in ("max", "min") else 1
        if len(arguments) != wanted:
            sentence = "{function} takes one argument, not {count}." if wanted == 1 else \
                "{function} takes two arguments, not {count}."
            raise ExpressionError(text(sentence, function=name, count=len(arguments)))
        return _apply(name, *(self.read(part, depth + 1) for part in arguments))


def _apply(function: str, *parts: Tree) -> Tree:
    """Apply the function to these parts; fold it where all of them are numbers."""
    if function == "**" and not (isinstance(parts[1], float) and abs(parts[1]) <= MAX_EXPONENT):
        raise ExpressionError(text("An exponent must be a number from -{limit} to {limit}; for another power write "
                                   "exp(... * log(...)).", limit=MAX_EXPONENT))
    if not all(isinstance(part, float) for part in parts):
        return Apply(function, parts)
    try:
        number = FLOATS[function](*parts)
    except (ArithmeticError, ValueError):
        raise ExpressionError(text("{function} is undefined at {parts}.", function=function,
                                   parts=", ".join(f"{part:g}" for part in parts))) from None
    return _number(number)


def _number(number: float) -> float:
    if abs(number) <= MAX_NUMBER:
        return float(number)
    raise ExpressionError(text("A number in a formula can be at most {limit:,} in size.", limit=MAX_NUMBER))


def _not_allowed(node: ast.AST) -> ExpressionError:
    culprit = node.func if isinstance(node, ast.Call) else node
    return ExpressionError(text(
        "{part} is not allowed in a formula. Allowed are numbers, x, pi, e, + - * / ** and the functions {functions}.",
        part=_cut(ast.unparse(culprit)), functions=", ".join(FUNCTIONS)))


def _cut(part: str) -> str:
    return part if len(part) <= 40 else part[:39] + "…"


_Dual = tuple[float, float]  # a value, and how fast it changes with x

_SLOPES: Mapping[str, Callable[[float], float]] = {
    "neg": lambda x: -1.0, "exp": math.exp, "log": lambda x: 1 / x, "sqrt": lambda x: 0.5 / math.sqrt(x),
    "abs": lambda x: math.copysign(1.0, x) if x else 0.0, "sin": math.cos, "cos": lambda x: -math.sin(x),
    "tanh": lambda x: 1 - math.tanh(x) ** 2, "sigmoid": lambda x: _sigmoid(x) * _sigmoid(-x),
    "relu": lambda x: float(x > 0), "softplus": _sigmoid,
    "erf": lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x),
}


def _dual(part: float | _Dual) -> _Dual:
    return part if isinstance(part, tuple) else (part, 0.0)


def _of_one(name: str) -> Callable[..., _Dual]:
    """Apply the chain rule."""
    def apply(part: float | _Dual) -> _Dual:
        value, change = _dual(part)
        return FLOATS[name](value), _SLOPES[name](value) * change

    return apply


def _of_two(rule: Callable[[float, float, float, float], _Dual]) -> Callable[..., _Dual]:
    """Make a rule for two values and their changes: (a, da, b, db)."""
    return lambda first, second: rule(*_dual(first), *_dual(second))


_DUALS: Functions = {
    **{name: _of_one(name) for name in _SLOPES},
    "+": _of_two(lambda a, da, b, db: (a + b, da + db)),
    "-": _of_two(lambda a, da, b, db: (a - b, da - db)),
    "*": _of_two(lambda a, da, b, db: (a * b, da * b + a * db)),
    "/": _of_two(lambda a, da, b, db: (a / b, da / b - a / b * (db / b))),
    "**": _of_two(lambda a, da, n, dn: (math.pow(a, n), n * math.pow(a, n - 1) * da if n else 0.0)),
    "max": _of_two(lambda a, da, b, db: (a, da) if a >= b else (b, db)),
    "min": _of_two(lambda a, da, b, db: (a, da) if a <= b else (b, db)),
}
