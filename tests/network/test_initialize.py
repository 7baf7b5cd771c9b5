"""Every initialization draws what its formula says, for a network and for one node; LSUV gives unit variance."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer import network, zoo
from explorer.document import Network, chain
from explorer.document.initializations import INITIALIZATIONS
from explorer.kinds import choose
from explorer.network.initialize import DRAWS, scale_to_unit_variance

FAN_IN, FAN_OUT = 400, 300


def linear(init: str = "") -> Network:
    net = chain("x", ("input", "input", {"shape": [FAN_IN]}), ("linear1", "linear", {"out_features": FAN_OUT}))
    return net.with_(nodes=(net.nodes[0], net.nodes[1].__class__("linear1", "linear", {"out_features": FAN_OUT},
                                                                   init=init)))


def drawn(name: str, **params: Any) -> Tensor:
    spelled = choose(INITIALIZATIONS, name, params).spelled
    return network.build(linear(), seed=1, init=spelled).linear1.weight.detach()


def test_every_initialization_there_is_can_be_drawn() -> None:
    assert set(DRAWS) == set(INITIALIZATIONS.names())


@pytest.mark.parametrize(("name", "params", "std"), [
    ("default", {}, 1 / math.sqrt(3 * FAN_IN)),
    ("xavier_uniform", {}, math.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("xavier_normal", {"gain": 3.0}, 3 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("kaiming_uniform", {}, math.sqrt(2 / FAN_IN)),
    ("kaiming_uniform", {"mode": "fan_out"}, math.sqrt(2 / FAN_OUT)),
    ("kaiming_normal", {"nonlinearity": "leaky_relu"}, math.sqrt(2 / (1 + 0.01**2) / FAN_IN)),
    ("kaiming_normal", {"nonlinearity": "tanh"}, 5 / 3 / math.sqrt(FAN_IN)),
    ("kaiming_normal", {"nonlinearity": "linear"}, 1 / math.sqrt(FAN_IN)),
    ("normal", {"std": 0.02}, 0.02), ("uniform", {"bound": 0.3}, 0.3 / math.sqrt(3)),
])
def test_the_spread_is_that_of_the_formula(name: str, params: dict[str, Any], std: float) -> None:
    weight = drawn(name, **params)
    assert weight.std().item() == pytest.approx(std, rel=0.01)  # of 120,000 draws
    assert weight.mean().item() == pytest.approx(0, abs=5 * std / math.sqrt(weight.numel()))
    if "uniform" in name or name == "default":
        assert weight.abs().max().item() == pytest.approx(std * math.sqrt(3), rel=0.001)


def test_constant_and_zeros_are_what_they_say_and_orthogonal_rows_stand_at_right_angles() -> None:
    assert (drawn("zeros") == 0).all()
    assert (drawn("constant", value=-0.5) == -0.5).all()
    weight = drawn("orthogonal", gain=2.0).double()
    assert torch.allclose(weight @ weight.T, 4 * torch.eye(FAN_OUT, dtype=torch.float64), atol=1e-4)


def test_a_node_has_its_own_whatever_the_network_has() -> None:
    model = network.build(linear("normal(std=0.5)"), init="zeros")
    assert model.linear1.weight.std().item() == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize(("line", "words"), [
    ("normal(std=-1)", "Standard deviation must be between"), ("normal(spread=1)", "no setting called"),
    ("nomal", "Did you mean normal?"), ("normal(", "must be a name"), ("x" * 500, "must be a name"),
    ("lsuv", "whole network"), ("normal(std=__import__('os'))", "must be a name"),
])
def test_a_line_that_spells_none_is_shown_at_the_node_with_a_way_out(line: str, words: str) -> None:
    (problem,) = network.problems(linear(line))
    assert problem.address == "linear1"
    assert words in str(problem.message)
    assert network.problems(network.apply(linear(line), problem.fix)) == []


def test_lsuv_gives_every_layer_unit_variance_on_the_batch() -> None:
    net = zoo.get("lenet_relu")
    model = network.build(net, init=choose(INITIALIZATIONS, "lsuv", {}).spelled)
    batch = torch.rand(64, 1, 28, 28)
    layers = dict(network.leaves(model))
    scale_to_unit_variance(model, layers, batch, tolerance=0.01, version=1)
    outputs: dict[str, Tensor] = {}
    for name, module in layers.items():
        assert not module._forward_hooks
        module.register_forward_hook(lambda _m, _i, out, name=name: outputs.update({name: out}))
    model(batch)
    trained = [name for name in layers if list(layers[name].parameters())]
    assert len(trained) == 5
    assert all(outputs[name].var().item() == pytest.approx(1, abs=0.011) for name in trained)
