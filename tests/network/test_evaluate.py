"""The preview's values are the network's own, and an edit computes anew only what lies behind it."""

from __future__ import annotations

import pytest
import torch

from explorer import network, zoo
from explorer.document import chain
from explorer.network import build, edit, grouping
from explorer.network.evaluate import Evaluator


def sample(name: str) -> torch.Tensor:
    return torch.rand(1, *network.shapes(zoo.get(name))["input"], generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ["lenet", "playground", "resnet18", "googlenet"])
def test_every_value_is_that_of_the_built_network(name: str) -> None:
    net, x = zoo.get(name), sample(name)
    values = Evaluator().evaluate(net, x, "x", seed=3, init="xavier_uniform")
    model = build(net, seed=3, init="xavier_uniform").eval()
    recorded = {}
    for address, module in model.named_modules():
        module.register_forward_hook(lambda _m, _i, out, address=address: recorded.__setitem__(address, out))
    with torch.no_grad():
        model(x)
    assert set(values) == set(network.shapes(net))
    for address, value in values.items():
        assert torch.allclose(value.tensor, recorded[address], atol=1e-6), address


def test_an_edit_computes_only_what_lies_behind_it(monkeypatch) -> None:
    evaluator, net, x = Evaluator(), zoo.get("lenet"), sample("lenet")
    before = evaluator.evaluate(net, x, "x")
    wider = edit.set_param(net, "conv2", "out_channels", 20)
    network.analyze(wider)  # the shape pass runs modules of its own
    ran = []
    monkeypatch.setattr(torch.nn.Module, "__call__", lambda self, x: ran.append(type(self).__name__) or self.forward(x))
    after = evaluator.evaluate(wider, x, "x")
    assert ran == ["Conv2d", "Sigmoid", "AvgPool2d", "Flatten", "Linear", "Sigmoid", "Linear", "Sigmoid", "Linear"]
    assert after["pool1"].tensor is before["pool1"].tensor
    assert after["conv2"].key != before["conv2"].key
    ran.clear()
    evaluator.evaluate(wider, x, "x")
    assert ran == []


def test_an_invalid_network_has_values_up_to_the_problem() -> None:
    net = edit.remove(zoo.get("lenet"), "flatten")
    values = Evaluator().evaluate(net, sample("lenet"), "x")
    assert set(values) == {"input", "conv1", "sigmoid1", "pool1", "conv2", "sigmoid2", "pool2"}


def test_given_weights_are_taken_where_they_fit_and_drawn_elsewhere() -> None:
    net, x = zoo.get("lenet"), sample("lenet")
    weights = build(net, seed=9).state_dict()
    with torch.no_grad():
        learned = build(net, seed=9).eval()(x)
    evaluator = Evaluator()
    values = evaluator.evaluate(net, x, "x", weights=weights, weights_key="run")
    torch.testing.assert_close(values["linear3"].tensor, learned, rtol=1e-5, atol=1e-6)
    wider = edit.set_param(net, "linear2", "out_features", 50)
    values = evaluator.evaluate(wider, x, "x", weights=weights, weights_key="run")
    assert torch.equal(values["linear1"].tensor, evaluator.evaluate(net, x, "x", weights=weights,
                                                                    weights_key="run")["linear1"].tensor)
    assert values["linear2"].tensor.shape == (1, 50)


def test_the_initialization_of_a_node_and_of_what_is_inside_it_is_its_own() -> None:
    net = chain("N", ("input", "input", {"shape": [4]}), ("a", "linear", {"out_features": 4}),
                ("b", "linear", {"out_features": 4}))
    net, block = grouping.group(net, ["b"], "own")
    net = edit.change_node(net, block, init="kaiming_normal")
    x = torch.ones(1, 4)
    value = Evaluator().evaluate(net, x, "x", seed=2)[block].tensor
    with torch.no_grad():
        torch.testing.assert_close(value, build(net, seed=2)(x), rtol=1e-5, atol=1e-6)
        assert not torch.allclose(value, build(edit.change_node(net, block, init=""), seed=2)(x))
