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
    "elu": ({"alpha": 2.0}, lambda x: x if x > 0 else 2 * (math.exp(x) - 1)),
    "gelu": ({}, lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    "silu": ({}, lambda x: x / (1 + math.exp(-x))),
    "sigmoid": ({}, lambda x: 1 / (1 + math.exp(-x))),
    "scaled_sigmoid": ({}, lambda x: 4 / (1 + math.exp(-x)) - 2),
    "tanh": ({}, math.tanh),
    "hard_tanh": ({"min_val": -0.5, "max_val": 2.0}, lambda x: min(max(x, -0.5), 2.0)),
    "softplus": ({"beta": 2.0}, lambda x: math.log(1 + math.exp(2 * x)) / 2),
    "identity": ({}, lambda x: x),
}


@pytest.mark.parametrize("name",
                         [block.name for block in BLOCKS if block.family == "activation" and block.name != "softmax"])
def test_an_activation_is_its_formula_and_leaves_its_input_as_it_was(name: str) -> None:
    params, formula = ACTIVATIONS[name]
    x = torch.tensor([[-3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0]])
    before = x.clone()
    assert built(name, (7,), **params)(x)[0].tolist() == pytest.approx([formula(v) for v in x[0].tolist()], abs=1e-6)
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
