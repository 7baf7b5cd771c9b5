"""Activation of the user's own, as a formula in x."""

from __future__ import annotations

from explorer import expression
from explorer.blocks.activation_curves import curve
from explorer.blocks.block import Block, token_by_token
from explorer.blocks.checks import needs_float, set_param
from explorer.document import Problem
from explorer.spec import Expression
from explorer.text import text

_FORMULA = Expression("formula", "Formula",
                      help="y as a formula in x: numbers, x, pi, e, + - * / **, and exp, log, sqrt, abs, sin, cos, "
                           "tanh, sigmoid, relu, softplus, erf, max, min.")


def _build(params, in_shapes):
    import torch
    from torch import Tensor, nn
    from torch.nn import functional as F

    def largest(a: Tensor | float, b: Tensor | float) -> Tensor:
        if isinstance(a, float):
            a, b = b, a
        return a.clamp(min=b) if isinstance(b, float) else torch.maximum(a, b)

    def smallest(a: Tensor | float, b: Tensor | float) -> Tensor:
        if isinstance(a, float):
            a, b = b, a
        return a.clamp(max=b) if isinstance(b, float) else torch.minimum(a, b)

    names = ("exp", "log", "sqrt", "abs", "sin", "cos", "tanh", "sigmoid", "relu", "erf")
    functions = {**expression.OPERATORS, "**": torch.pow, **{name: getattr(torch, name) for name in names},
                 "softplus": F.softplus, "max": largest, "min": smallest}

    class OwnActivation(nn.Module):
        """A formula in x, applied to every value on its own."""

        def __init__(self, formula: str) -> None:
            super().__init__()
            self.formula = formula
            self._tree = expression.parse(formula)

        def forward(self, x: Tensor) -> Tensor:
            return expression.evaluate(self._tree, x, functions)

        def extra_repr(self) -> str:
            return self.formula

    return OwnActivation(params["formula"])


def _check(params, signals):
    failure = expression.first_failure(expression.parse(params["formula"]))
    if failure is not None:
        return [Problem(text("At x = {x} the formula {formula} has no finite value or no finite gradient, so a network "
                             "cannot learn through it.", x=f"{failure:g}", formula=params["formula"]),
                        set_param("formula", _FORMULA.default, "formula"))]
    return needs_float("Own formula", signals)


def _sketch(params, in_shapes):
    tree = expression.parse(params["formula"])
    return curve(lambda x: expression.evaluate(tree, x)) if expression.first_failure(tree) is None else None


OWN_ACTIVATION = Block(
    name="expression", title="Own formula", family="activation",
    summary="An activation of your own, written as a formula in x.",
    params=(_FORMULA,), brief="{formula}",
    formula=r"y = f(x)", source="Ramachandran et al. 2017 searched such formulas and found Swish, x · σ(x)",
    build=_build, check=_check, reach=token_by_token, sketch=_sketch,
)
