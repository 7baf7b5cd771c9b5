"""Activations against their formulas, written out in plain Python."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from explorer.blocks import BLOCKS
from tests.blocks.building import built

ACTIVATIONS = {
    "relu": ({}, lambda x: max(0, x)),
    "leaky_relu": ({"negative_slope": 0.1}, lambda x: x if x > 0 else 0.1 * x),
    "prelu": ({"init": 0.3}, lambda x: x if x > 0 else 0.3 * x),
    "relu6": ({}, lambda x: min(max(0, x), 6)),
    "elu": ({"alpha": 2.0}, lambda x: x if x > 0 else 2 * (math.exp(x) - 1)),
    "selu": ({}, lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1))),
    "celu": ({"alpha": 2.0}, lambda x: x if x > 0 else 2 * (math.exp(x / 2) - 1)),
    "gelu": ({}, lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    "silu": ({}, lambda x: x / (1 + math.exp(-x))),
    "mish": ({}, lambda x: x * ((1 + math.exp(x)) ** 2 - 1) / ((1 + math.exp(x)) ** 2 + 1)),
    "hardswish": ({}, lambda x: 0 if x <= -3 else x if x >= 3 else x * (x + 3) / 6),
    "sigmoid": ({}, lambda x: 1 / (1 + math.exp(-x))),
    "scaled_sigmoid": ({}, lambda x: 4 / (1 + math.exp(-x)) - 2),
    "hardsigmoid": ({}, lambda x: 0 if x <= -3 else 1 if x >= 3 else x / 6 + 0.5),
    "log_sigmoid": ({}, lambda x: math.log(1 / (1 + math.exp(-x)))),
    "tanh": ({}, math.tanh),
    "hard_tanh": ({"min_val": -0.5, "max_val": 2.0}, lambda x: min(max(x, -0.5), 2.0)),
    "softsign": ({}, lambda x: x / (1 + abs(x))),
    "softplus": ({"beta": 2.0}, lambda x: math.log(1 + math.exp(2 * x)) / 2),
    "tanhshrink": ({}, lambda x: x - math.tanh(x)),
    "softshrink": ({"lambd": 0.5}, lambda x: x - 0.5 if x > 0.5 else x + 0.5 if x < -0.5 else 0),
    "hardshrink": ({"lambd": 0.5}, lambda x: x if x > 0.5 or x < -0.5 else 0),
    "threshold": ({"threshold": 0.25, "value": -7.0}, lambda x: x if x > 0.25 else -7),
    "step": ({}, lambda x: 1 if x > 0 else 0),
    "expression": ({"formula": "x**2 * exp(-x) / 3 - max(x, 1)"}, lambda x: x * x * math.exp(-x) / 3 - max(x, 1)),
    "identity": ({}, lambda x: x),
}
ALONG_AN_AXIS = {"softmax", "log_softmax", "glu"}
NAMES = [block.name for block in BLOCKS if block.family == "activation" and block.name not in ALONG_AN_AXIS]


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_is_its_formula_and_leaves_its_input_as_it_was(name: str) -> None:
    params, formula = ACTIVATIONS[name]
    x = torch.tensor([[-3.5, -3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0, 7.0]])
    before = x.clone()
    out = built(name, (9,), **params)(x)[0].tolist()
    assert out == pytest.approx([formula(v) for v in x[0].tolist()], rel=1e-5, abs=1e-6)
    assert torch.equal(x, before)


def test_the_scaled_sigmoid_is_close_to_its_input_near_zero() -> None:
    x = torch.linspace(-0.1, 0.1, 21)
    assert (built("scaled_sigmoid", (21,))(x) - x).abs().max() < 1e-4


def test_softmax_gives_shares_along_its_axis() -> None:
    x = torch.tensor([[1.0, 2.0, 3.0]])
    e = [math.exp(v) for v in (1, 2, 3)]
    assert built("softmax", (3,))(x)[0].tolist() == pytest.approx([v / sum(e) for v in e])
    assert built("softmax", (2, 3), dim=2)(torch.randn(4, 2, 3)).sum(2) == pytest.approx(torch.ones(4, 2).numpy())


def test_the_gradient_of_softmax_cross_entropy_is_softmax_minus_the_target() -> None:
    logits = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0, 3, 1, 1, 2])
    F.cross_entropy(logits, target, reduction="sum").backward()
    shares = built("softmax", (4,))(logits.detach())
    assert torch.allclose(logits.grad, shares - F.one_hot(target, 4))


@pytest.mark.parametrize("name", NAMES)
def test_the_sketch_of_an_activation_is_the_curve_that_it_computes(name: str) -> None:
    given = ACTIVATIONS[name][0]
    params = {spec.name: given.get(spec.name, spec.default) for spec in BLOCKS.get(name).params}
    sketch = BLOCKS.get(name).sketch(params, ((25,),))
    assert (sketch.x[0], sketch.x[-1], len(sketch.x)) == (-3, 3, 25)
    out = built(name, (25,), **given)(torch.tensor([sketch.x]))
    assert out[0].tolist() == pytest.approx(sketch.y, rel=1e-5, abs=1e-6)


def test_what_looks_along_an_axis_is_no_curve() -> None:
    for name in ALONG_AN_AXIS:
        assert BLOCKS.get(name).sketch({"dim": 1}, ((2,),)) is None


def test_log_softmax_gives_logarithms_of_shares() -> None:
    out = built("log_softmax", (3,))(torch.tensor([[0.0, math.log(2), math.log(5)]]))
    assert out[0].tolist() == pytest.approx([math.log(1 / 8), math.log(2 / 8), math.log(5 / 8)])
    assert built("log_softmax", (2,))(torch.tensor([[1000.0, 0.0]])).tolist() == [[0, -1000]]


def test_glu_lets_one_half_through_the_sigmoid_of_the_other() -> None:
    out = built("glu", (4,))(torch.tensor([[3.0, -2.0, 0.0, math.log(3)]]))
    assert out[0].tolist() == pytest.approx([1.5, -1.5])
    assert built("glu", (2, 3, 6), dim=3)(torch.zeros(1, 2, 3, 6)).shape == (1, 2, 3, 3)


def test_prelu_learns_one_slope_or_one_for_each_channel() -> None:
    x = -torch.ones(1, 3, 2, 2)
    assert built("prelu", (3, 2, 2))(x).unique().tolist() == [-0.25]
    each = built("prelu", (3, 2, 2), per_channel=True)
    with torch.no_grad():
        each.weight.copy_(torch.tensor([1.0, 2.0, 3.0]))
    assert each(x)[0, :, 0, 0].tolist() == [-1, -2, -3]
