"""The zoo's networks are the ones of their books, and what their cards say is true."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from explorer import network, training, zoo
from explorer.document import Network
from explorer.recipe import Recipe
from explorer.zoo import torchvision_keys
from tests import plain_networks as plain

PLAIN = {
    "lenet": lambda: plain.lenet(nn.Sigmoid, nn.AvgPool2d),
    "lenet_relu": lambda: plain.lenet(nn.ReLU, nn.MaxPool2d),
    "lenet_batch_norm": lambda: plain.lenet(nn.Sigmoid, nn.AvgPool2d, norms=True),
    "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)),
    "softmax_regression": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
    "logistic_regression": lambda: nn.Sequential(nn.Linear(2, 2)),
    "perceptron": lambda: nn.Sequential(nn.Linear(2, 1), plain.Step()),
    "playground": lambda: nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 2)),
    "linear_regression": lambda: nn.Sequential(nn.Linear(2, 1)),
    "tiny_vgg": plain.tiny_vgg,
    "alexnet": plain.alexnet,
    "vgg11": plain.vgg11,
    "nin": plain.nin,
    "googlenet": plain.googlenet,
    "resnet20": plain.resnet20,
    "row_lstm": plain.RowReader,
    "char_rnn": plain.CharacterReader,
    "char_transformer": plain.CharacterTransformer,
    "fcn_resnet18": plain.fcn_resnet18,
    "spatial_transformer_cnn": plain.Straightened,
    "dcgan_generator": plain.dcgan_generator,
    "dcgan_discriminator": plain.dcgan_discriminator,
}
LARGE = {"vgg11", "fcn_resnet18"}  # built in more than five seconds
OTHERWISE = {"row_lstm", "char_rnn", "dcgan_generator", "fcn_resnet18", "char_transformer"}  # counted by hand
DEEP = {"fcn_resnet18", "swin_t", "resnet50", "resnet34"}  # smaller ones of their families are made narrower, too
FUSED = {"char_transformer"}  # the twin computes its attention in one call, with other roundings
TWINS = [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in PLAIN]


@pytest.mark.parametrize("name", TWINS)
def test_its_outputs_and_gradients_are_those_of_plain_pytorch_modules_with_the_same_weights(name: str) -> None:
    ours = network.build(zoo.get(name), seed=7).eval()
    twin = plain.with_weights_of(PLAIN[name](), ours).eval()
    assert sum(p.numel() for p in twin.parameters()) == zoo.costs(name).parameters
    x = sample_of(zoo.get(name), 2)
    outputs = [model(x) for model in (ours, twin)]
    torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-5)
    if not outputs[0].requires_grad:
        return
    for out in outputs:
        out.square().sum().backward()
    for mine, theirs in zip(ours.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, **(
            {"rtol": 1e-3, "atol": 1e-3} if name in FUSED else {"rtol": 1e-4, "atol": 1e-5}))


def sample_of(net: Network, batch: int) -> Tensor:
    signal = network.analyze(net).signals["input"]
    shape = (batch, *signal.shape)
    return torch.randint(0, 10, shape) if signal.dtype == "int64" else torch.randn(shape)


def test_every_network_has_an_independent_twin() -> None:
    assert set(zoo.names()) == set(PLAIN) | set(torchvision_keys.twins())


@pytest.mark.parametrize("name", zoo.names())
def test_its_stored_costs_are_what_the_shape_pass_says(name: str) -> None:
    analysis, costs = network.analyze(zoo.get(name)), zoo.costs(name)
    assert analysis.problems == ()
    assert (costs.parameters, costs.multiply_adds) == (analysis.total_parameters, analysis.total_multiply_adds)
    assert costs.shapes == {node_id: signal.shape for node_id, signal in analysis.signals.items()}
    if recipe := zoo.ZOO.get(name).recipe:
        trained = network.analyze(recipe.network)
        assert (costs.recipe_parameters, costs.recipe_multiply_adds) == (
            trained.total_parameters, trained.total_multiply_adds)


@pytest.mark.parametrize("name", zoo.trainable())
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
    assert entry.chapter in zoo.CHAPTERS
    assert bool(entry.recipe) != bool(entry.untrained)
    assert bool(entry.after) == bool(entry.added) == (entry.name != "linear_regression")


def test_the_line_of_descent_leads_every_network_back_to_the_first() -> None:
    for entry in zoo.ZOO:
        seen = set()
        while entry.after:
            assert entry.name not in seen
            seen.add(entry.name)
            entry = zoo.ZOO.get(entry.after)
        assert entry.name == "linear_regression"


@pytest.mark.parametrize("entry", [pytest.param(entry, marks=pytest.mark.slow if entry.name in DEEP else ())
                                   for entry in zoo.ZOO if entry.scales], ids=lambda entry: entry.name)
def test_it_can_be_made_narrower_smaller_and_for_other_classes(entry: zoo.Entry) -> None:
    smaller = {"width": 0.5, "channels": 1, "classes": 7, **({"size": entry.sizes[0]} if entry.sizes else {})}
    net = zoo.get(entry.name, **{name: smaller[name] for name in entry.scales})
    assert network.problems(net) == []
    analysis, costs = network.analyze(net), zoo.costs(entry.name)
    assert analysis.total_parameters < costs.parameters
    assert analysis.total_multiply_adds < costs.multiply_adds
    if "classes" in entry.scales and entry.name != "char_rnn":
        assert 7 in analysis.signals[net.outputs[0]].shape
    for size in entry.sizes:
        assert network.problems(zoo.get(entry.name, size=size)) == []


def test_a_network_without_a_task_says_why_it_cannot_be_trained() -> None:
    with pytest.raises(zoo.Untrained, match=r"FCN on ResNet-18 cannot be trained yet\. Its task, a class for every"):
        zoo.recipe("fcn_resnet18")


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


@pytest.mark.parametrize("name", sorted(PLAIN.keys() - OTHERWISE - LARGE))
def test_its_multiply_adds_are_one_for_each_weight_at_each_place_of_the_plain_network(name: str) -> None:
    twin, counts = PLAIN[name](), []
    for module in twin.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(
                lambda layer, _, out: counts.append(layer.weight.numel() * math.prod(out.shape[2:])))
    twin.eval()(torch.zeros(1, *network.shapes(zoo.get(name))["input"]))
    assert network.analyze(zoo.get(name)).total_multiply_adds == zoo.costs(name).multiply_adds == sum(counts)


def test_the_multiply_adds_of_recurrent_and_transposed_layers_are_those_counted_by_hand() -> None:
    assert zoo.costs("row_lstm").multiply_adds == 28 * 4 * (28 * 128 + 128 * 128) + 128 * 10
    assert zoo.costs("char_rnn").multiply_adds == 32 * (28 * 32 + 32 * 32 + 32 * 28)
    tokens, features = 64, 128
    attention = 4 * tokens * features**2 + 2 * tokens**2 * features  # query, key, value, out; scores and mix
    assert zoo.costs("char_transformer").multiply_adds == (
        4 * (attention + 2 * tokens * features * 4 * features) + tokens * features * 28)
    body = zoo.costs("resnet18").multiply_adds - 512 * 1000  # for 7×7 places at its end; here they are 10×15
    scores, enlarged = 512 * 21 * 10 * 15, 21 * 21 * 64 * 64 * 10 * 15
    assert zoo.costs("fcn_resnet18").multiply_adds == body * (320 * 480) // (224 * 224) + scores + enlarged
    by_hand = [(100 * 512, 1), (512 * 256, 4 * 4), (256 * 128, 8 * 8), (128 * 64, 16 * 16), (64 * 3, 32 * 32)]
    assert zoo.costs("dcgan_generator").multiply_adds == sum(weights * 4 * 4 * places for weights, places in by_hand)


def test_googlenet_has_the_books_stages() -> None:
    shapes = network.shapes(zoo.get("googlenet", size=224))
    names = ("pool2", "inception1", "inception2", "pool3", "inception7", "pool4", "inception9", "flatten", "linear1")
    assert [shapes[name] for name in names] == [
        (192, 28, 28), (256, 28, 28), (480, 28, 28), (480, 14, 14), (832, 14, 14), (832, 7, 7), (1024, 7, 7), (1024,),
        (10,)]


def test_resnet18_has_the_papers_stages() -> None:
    shapes = network.shapes(zoo.get("resnet18"))
    names = ("pool1", "stage1_block2", "stage2_block2", "stage3_block2", "stage4_block2", "flatten", "linear1")
    assert [shapes[name] for name in names] == [
        (64, 56, 56), (64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7), (512,), (1000,)]


def test_alexnet_vgg_and_nin_have_the_books_stages() -> None:
    alexnet, vgg, nin = (network.shapes(zoo.get(name)) for name in ("alexnet", "vgg11", "nin"))
    assert [alexnet[name] for name in ("pool1", "pool2", "pool3", "flatten")] == [
        (96, 26, 26), (256, 12, 12), (256, 5, 5), (6400,)]
    assert [vgg[f"block{number}"] for number in range(1, 6)] == [
        (64, 112, 112), (128, 56, 56), (256, 28, 28), (512, 14, 14), (512, 7, 7)]
    assert [nin[name] for name in ("block1", "pool1", "block3", "pool3", "block4", "flatten")] == [
        (96, 54, 54), (96, 26, 26), (384, 12, 12), (384, 5, 5), (10, 5, 5), (10,)]


def test_tiny_vgg_has_the_maps_of_cnn_explainer() -> None:
    shapes = network.shapes(zoo.get("tiny_vgg"))
    assert [shapes[name] for name in ("conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2", "flatten")] == [
        (10, 62, 62), (10, 60, 60), (10, 30, 30), (10, 28, 28), (10, 26, 26), (10, 13, 13), (1690,)]


def test_resnet20_has_the_papers_stages_and_parameters() -> None:
    shapes = network.shapes(zoo.get("resnet20"))
    assert [shapes[f"stage{number}_block3"] for number in (1, 2, 3)] == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    # 0.27 M as in the paper, with the 1×1 convolutions of two skips (its option B)
    assert zoo.costs("resnet20").parameters == 269_722 + (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64) == 272_474


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in zoo.trainable() if zoo.recipe(name).data.name == "digits"])
def test_its_recipe_reads_nine_of_ten_digits_it_has_not_seen(name: str, tmp_path: Path) -> None:
    _, status = training.train(zoo.recipe(name), training.RunStore(tmp_path))
    assert status.summary["val_accuracy"] >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in zoo.trainable() if zoo.recipe(name).data.name == "alice"])
def test_its_recipe_chooses_among_less_than_six_characters_on_text_it_has_not_seen(name: str, tmp_path: Path) -> None:
    _, status = training.train(zoo.recipe(name), training.RunStore(tmp_path))
    assert math.exp(status.summary["val_loss"]) <= 6
