"""A formula is read through a whitelist, never run; everything else is refused in one sentence."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.expression import (
    FLOATS,
    FUNCTIONS,
    MAX_LENGTH,
    OPERATORS,
    Apply,
    ExpressionError,
    Variable,
    evaluate,
    first_failure,
    parse,
    slope,
)
from explorer.spec import BadValue, Expression

ALLOWED = (" is not allowed in a formula. Allowed are numbers, x, pi, e, + - * / ** and the functions exp, log, sqrt, "
           "abs, sin, cos, tanh, sigmoid, relu, softplus, erf, max, min.")
TENSORS = {**OPERATORS, "**": torch.pow, "softplus": torch.nn.functional.softplus,
           **{name: getattr(torch, name) for name in FUNCTIONS if name not in ("softplus", "max", "min")},
           "max": lambda a, b: torch.maximum(torch.as_tensor(a), torch.as_tensor(b)),
           "min": lambda a, b: torch.minimum(torch.as_tensor(a), torch.as_tensor(b))}


@pytest.mark.parametrize(("formula", "x", "value"), [
    ("x * sigmoid(1.7*x)", 2.0, 2 / (1 + math.exp(-3.4))), ("-x ** 2", 3.0, -9), ("2 - 3 - x", 1.0, -2),
    ("2 ** 3 ** 2 * x", 1.0, 512), ("1 / x / 2", 4.0, 0.125), ("max(x, -x) - abs(x)", -3.0, 0),
    ("min(x, 1) + relu(x)", 5.0, 6), ("sqrt(x) + log(e) + cos(pi) + sin(0 * x)", 9.0, 3), ("+x - -x", 2.0, 4),
    ("tanh(x) / erf(x)", 1.0, math.tanh(1) / math.erf(1)), ("softplus(x)", 0.0, math.log(2)),
    ("(" * 90 + "x" + ")" * 90, 7.0, 7), ("exp(x) ** 0.5", 2.0, math.e), ("  x  ", 1.5, 1.5),
    ("sigmoid(x) + sigmoid(-x)", 700.0, 1), ("1_000 * x", 1.0, 1000)])
def test_a_formula_is_worked_out_on_numbers_and_on_tensors(formula: str, x: float, value: float) -> None:
    assert evaluate(parse(formula), x) == pytest.approx(value)
    out = evaluate(parse(formula), torch.tensor([x, x], dtype=torch.float64), TENSORS)
    assert out.tolist() == pytest.approx([value, value])


def test_a_formula_becomes_a_tree_of_our_own_with_its_constants_worked_out() -> None:
    assert parse("x * (2 + 3)") == Apply("*", (Variable(), 5.0))


@pytest.mark.parametrize(("formula", "sentence"), [
    ('__import__("os")', "__import__" + ALLOWED),
    ('__import__("os").system("true")', "__import__('os').system" + ALLOWED),
    ("x.data", "x.data" + ALLOWED), ("x.__class__", "x.__class__" + ALLOWED), ("x[0]", "x[0]" + ALLOWED),
    ("y", "y" + ALLOWED), ("neg(x)", "neg" + ALLOWED), ("eval", "eval" + ALLOWED), ("'x'", "'x'" + ALLOWED),
    ("x > 0", "x > 0" + ALLOWED), ("x if x else 1", "x if x else 1" + ALLOWED), ("lambda: x", "lambda: x" + ALLOWED),
    ("x or 1", "x or 1" + ALLOWED), ("x // 2", "x // 2" + ALLOWED), ("x @ x", "x @ x" + ALLOWED),
    ("~x", "~x" + ALLOWED), ("True * x", "True" + ALLOWED), ("2j * x", "2j" + ALLOWED), ("None", "None" + ALLOWED),
    ("[x for x in x]", "[x for x in x]" + ALLOWED), ("f'{x}'", "f'{x}'" + ALLOWED), ("...", "..." + ALLOWED),
    ("exp(*x)", "*x" + ALLOWED), ("(x, x)", "(x, x)" + ALLOWED), ("(y := x)", "(y := x)" + ALLOWED),
    ("x ^ 2", "^ is not allowed in a formula; write a power with **, such as x ** 2."),
    ("x**x**x**x",
     "An exponent must be a number from -16 to 16; for another power write exp(... * log(...))."),
    ("x ** 17", "An exponent must be a number from -16 to 16; for another power write exp(... * log(...))."),
    ("9**9**9", "A number in a formula can be at most 1,000,000 in size."),
    ("1" + "0" * 150 + " * x", "A number in a formula can be at most 1,000,000 in size."),
    ("1e999 * x", "A number in a formula can be at most 1,000,000 in size."),
    ("(" * 10_000 + "x" + ")" * 10_000, "A formula can have at most 200 characters; this one has 20,001."),
    ("-" * 150 + "x", "A formula can have at most 64 parts, nested at most 32 deep."),
    ("+".join("x" * 60), "A formula can have at most 64 parts, nested at most 32 deep."),
    ("", "Write a formula in x, such as x * sigmoid(x)."), ("   ", "Write a formula in x, such as x * sigmoid(x)."),
    ("3 + pi", "A formula must depend on x, such as x * sigmoid(x)."),
    ("1 / 0 * x", "/ is undefined at 1, 0."), ("log(-1) + x", "log is undefined at -1."),
    ("max(x)", "max takes two arguments, not 1."),
    ("exp(x, x)", "exp takes one argument, not 2."),
    ("2x", "This is not a valid formula: 2x. Check that all brackets are closed and that an operator "
           "joins any two parts."),
    ("(" * 199, "This is not a valid formula: " + "(" * 39 + "…. Check that all brackets are closed and that an "
                "operator joins any two parts."),
    ("x = 1", "This is not a valid formula: x = 1. Check that all brackets are closed and that an operator "
              "joins any two parts."),
], ids=lambda case: str(case)[:25])
def test_what_is_no_formula_is_refused_in_one_sentence(formula: str, sentence: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(formula)
    assert str(error.value) == sentence
    with pytest.raises(BadValue) as bad:
        Expression("formula", "Formula").parse(formula)
    assert str(bad.value) == sentence


@pytest.mark.parametrize("formula", ["x\0", "x\n", "\ud800x", "x\u202e", "ｅxp(x)", "x#"])
def test_odd_characters_are_read_or_refused_but_nothing_else_happens(formula: str) -> None:
    try:
        parse(formula)
    except ExpressionError as error:
        assert str(error)


TOKENS = st.sampled_from([*"x()+-*/,.[]{}:^~!\\'\" \n019e", "**", "pi", "import os", "lambda", "__", *FUNCTIONS])


@settings(max_examples=500, deadline=None)
@given(st.lists(TOKENS, max_size=40).map("".join) | st.text(max_size=MAX_LENGTH + 5))
def test_any_text_is_a_formula_or_refused_and_a_formula_has_a_value_or_none(formula: str) -> None:
    try:
        tree = parse(formula)
    except ExpressionError as error:
        assert str(error)
    else:
        assert first_failure(tree) is None or isinstance(first_failure(tree), float)


@pytest.mark.parametrize("formula", [
    "x * sigmoid(1.7 * x)", "exp(-x ** 2) * cos(3 * x)", "log(1 + exp(x)) - softplus(2 * x)", "tanh(x) / (1 + abs(x))",
    "max(x, 0.1 * x) + min(x, 1)", "sqrt(x ** 2 + 1) - sin(x) / 2", "relu(x) - relu(-x) ** 3", "erf(x) + 2 ** 0.5 * x"])
@pytest.mark.parametrize("x", [-2.5, -0.3, 0.7, 1.9])
def test_the_slope_is_that_of_backpropagation(formula: str, x: float) -> None:
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    out = evaluate(parse(formula), leaf, TENSORS)
    out.backward()
    assert slope(parse(formula), x) == pytest.approx((out.item(), leaf.grad.item()))


@pytest.mark.parametrize(("formula", "x"), [
    ("log(x)", -10), ("1 / x", 0), ("x / x", 0), ("sqrt(abs(x))", 0), ("x ** 0.5", -10), ("exp(exp(x))", 10),
    ("x ** -2", 0), ("log(relu(x))", -10), ("abs(x) ** 0.5", 0), ("exp(100 * x)", 1)])
def test_where_a_formula_has_no_finite_value_or_slope_is_found(formula: str, x: float) -> None:
    assert first_failure(parse(formula)) == x


@pytest.mark.parametrize("formula", ["x", "abs(x)", "relu(x)", "x ** 3", "softplus(x)", "x * sigmoid(x)", "exp(x)",
                                     "x ** 0 + x", "x ** 1"])
def test_an_ordinary_formula_has_values_and_slopes(formula: str) -> None:
    assert first_failure(parse(formula)) is None


def test_the_setting_keeps_the_text_itself() -> None:
    setting = Expression("formula", "Formula", help="y as a formula in x.")
    assert setting.parse(setting.default) == setting.default == "x * sigmoid(x)"
    assert setting.parse(" x + 1 ") == setting.read("x + 1") == "x + 1"
    with pytest.raises(BadValue, match="Formula must be a formula in x, not 3"):
        setting.parse(3)
    assert set(FUNCTIONS) < set(FLOATS)
