"""The zoo's networks are the ones of their books, and what their cards say is true."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer import network, training, zoo
from explorer.document import Network
from explorer.network import edit
from explorer.recipe import Recipe
from tests.plain_networks import googlenet, resnet18, with_weights_of


def lenet(activation: type[nn.Module], pool: type[nn.Module]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), activation(), pool(2, 2), nn.Conv2d(6, 16, 5), activation(), pool(2, 2),
        nn.Flatten(),
        nn.Linear(400, 120), activation(), nn.Linear(120, 84), activation(), nn.Linear(84, 10))


PLAIN = {
    "lenet": lambda: lenet(nn.Sigmoid, nn.AvgPool2d),
    "lenet_relu": lambda: lenet(nn.ReLU, nn.MaxPool2d),
    "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)),
    "softmax_regression": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
    "playground": lambda: nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 2)),
    "linear_regression": lambda: nn.Sequential(nn.Linear(2, 1)),
    "googlenet": googlenet,
    "resnet18": resnet18,
}


@pytest.mark.parametrize("name", zoo.names())
def test_its_outputs_and_gradients_are_those_of_plain_pytorch_modules_with_the_same_weights(name: str) -> None:
    ours = network.build(zoo.get(name), seed=7)
    plain = with_weights_of(PLAIN[name](), ours)
    assert sum(p.numel() for p in plain.parameters()) == zoo.costs(name).parameters
    x = torch.randn(4, *network.shapes(zoo.get(name))["input"])
    assert torch.equal(ours(x), plain(x))
    ours(x).square().sum().backward()
    plain(x).square().sum().backward()
    for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine.grad, theirs.grad)


@pytest.mark.parametrize("name", zoo.names())
def test_its_stored_costs_are_what_the_shape_pass_says(name: str) -> None:
    analysis, costs = network.analyze(zoo.get(name)), zoo.costs(name)
    assert analysis.problems == ()
    assert (costs.parameters, costs.multiply_adds) == (analysis.total_parameters, analysis.total_multiply_adds)
    assert costs.shapes == {node_id: signal.shape for node_id, signal in analysis.signals.items()}


@pytest.mark.parametrize("name", zoo.names())
def test_its_recipe_can_be_trained_as_it_is_and_survives_json(name: str) -> None:
    recipe = zoo.recipe(name)
    assert training.problems(recipe) == []
    again = Recipe.loads(json.dumps(recipe.to_dict()))
    assert again.to_dict() == recipe.to_dict()
    assert again == recipe


@pytest.mark.parametrize("entry", zoo.ZOO, ids=lambda entry: entry.name)
def test_its_card_is_filled_in(entry: zoo.Entry) -> None:
    assert entry.summary.endswith(".")
    assert entry.worth_seeing.endswith(".")
    assert entry.title and entry.source
    assert 1800 <= entry.year <= 2030


def test_stored_costs_hold_no_network_that_is_gone() -> None:
    assert set(json.loads(zoo.COSTS_FILE.read_text(encoding="utf-8"))) == set(zoo.names())


def test_lenet_has_the_books_shapes_and_61706_parameters() -> None:
    net = Network.from_dict(json.loads(json.dumps(zoo.get("lenet").to_dict())))
    shapes, analysis = network.shapes(net), network.analyze(net)
    names = ("conv1", "pool1", "conv2", "pool2", "flatten", "linear1", "linear2", "linear3")
    assert [shapes[name] for name in names] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]
    assert analysis.total_parameters == 61_706
    assert analysis.parameters["conv1"] == 6 * (5 * 5 + 1)
    assert analysis.parameters["linear1"] == 120 * (400 + 1)


def test_lenets_multiply_adds_are_one_for_each_weight_at_each_place() -> None:
    by_hand = {"conv1": 6 * 28 * 28 * 1 * 5 * 5, "conv2": 16 * 10 * 10 * 6 * 5 * 5,
               "linear1": 400 * 120, "linear2": 120 * 84, "linear3": 84 * 10}
    analysis = network.analyze(zoo.get("lenet"))
    assert {name: count for name, count in analysis.multiply_adds.items() if count} == by_hand
    assert analysis.total_multiply_adds == sum(by_hand.values()) == 416_520
    assert analysis.total_activation_bytes == 4 * sum(math.prod(shape) for shape in analysis.shapes.values())


@pytest.mark.parametrize("name", zoo.names())
def test_its_multiply_adds_are_one_for_each_weight_at_each_place_of_the_plain_network(name: str) -> None:
    plain, counts = PLAIN[name](), []
    for module in plain.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(
                lambda layer, _, out: counts.append(layer.weight.numel() * math.prod(out.shape[2:])))
    plain.eval()(torch.zeros(1, *network.shapes(zoo.get(name))["input"]))
    assert network.analyze(zoo.get(name)).total_multiply_adds == zoo.costs(name).multiply_adds == sum(counts)


def shapes_at_224(name: str) -> dict[str, tuple[int, ...]]:
    return network.shapes(edit.set_param(zoo.get(name), "input", "shape", [1, 224, 224]))


def test_googlenet_has_the_books_stages() -> None:
    shapes = shapes_at_224("googlenet")
    names = ("pool2", "inception1", "inception2", "pool3", "inception7", "pool4", "inception9", "flatten", "linear1")
    assert [shapes[name] for name in names] == [
        (192, 28, 28), (256, 28, 28), (480, 28, 28), (480, 14, 14), (832, 14, 14), (832, 7, 7), (1024, 7, 7), (1024,),
        (10,)]


def test_resnet18_has_the_books_stages() -> None:
    shapes = shapes_at_224("resnet18")
    names = ("pool1", "stage1_block2", "stage2_block2", "stage3_block2", "stage4_block2", "flatten", "linear1")
    assert [shapes[name] for name in names] == [
        (64, 56, 56), (64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7), (512,), (10,)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["googlenet", "resnet18"])
def test_its_recipe_reads_nine_of_ten_digits_it_has_not_seen(name: str, tmp_path: Path) -> None:
    _, status = training.train(zoo.recipe(name), training.RunStore(tmp_path))
    assert status.summary["val_accuracy"] >= 0.9
