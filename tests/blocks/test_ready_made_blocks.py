"""The ready-made blocks compute what the course's own modules compute with the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer import network
from explorer.blocks import BLOCKS
from explorer.document import Network, chain
from explorer.network.receptive_field import receptive_fields
from tests.plain_networks import Inception, Residual, with_weights_of


def one(block: str, shape: tuple[int, ...], **params: Any) -> Network:
    return chain("one", ("input", "input", {"shape": list(shape)}), ("block", block, params))


def assert_same(net: Network, plain: nn.Module) -> None:
    """Outputs and gradients, in training and in evaluation mode."""
    ours, shape = network.build(net, seed=3), network.shapes(net)["input"]
    plain = with_weights_of(plain, ours)
    for training in (True, False):
        x = torch.randn(4, *shape)
        results = [_run(model.train(training), x) for model in (ours, plain)]
        for mine, theirs in zip(*results, strict=True):
            assert torch.allclose(mine, theirs, atol=1e-5)


def _run(model: nn.Module, x: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    out = model(x)
    return [out, *torch.autograd.grad(out.square().mean(), [x, *model.parameters()])]


@pytest.mark.parametrize(("params", "plain"), [
    ({}, lambda: Residual(3, 3)),
    ({"out_channels": 3}, lambda: Residual(3, 3)),
    ({"out_channels": 6, "use_1x1conv": True, "stride": 2}, lambda: Residual(3, 6, use_1x1conv=True, stride=2)),
    ({"use_1x1conv": True}, lambda: Residual(3, 3, use_1x1conv=True)),
], ids=["as it comes", "same channels", "halved", "1×1 without need"])
def test_a_residual_block_is_the_courses(params: dict[str, Any], plain: Any) -> None:
    assert_same(one("residual", (3, 7, 6), **params), plain())


def test_an_inception_block_is_the_courses() -> None:
    channels = {"out_1x1": 2, "reduce_3x3": 3, "out_3x3": 4, "reduce_5x5": 1, "out_5x5": 3, "out_pool": 2}
    assert_same(one("inception", (3, 7, 6), **channels), Inception(3, 2, (3, 4), (1, 3), 2))


@pytest.mark.parametrize(("params", "layers"), [
    ({}, [nn.Conv2d(4, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]),
    ({"norm": "none", "bias": True, "activation": "tanh"}, [nn.Conv2d(4, 16, 3, padding=1), nn.Tanh()]),
    ({"activation": "none", "stride": 2, "kernel_size": 5, "padding": 2, "groups": 2, "out_channels": 6},
     [nn.Conv2d(4, 6, 5, 2, 2, groups=2, bias=False), nn.BatchNorm2d(6)]),
    ({"norm": "none", "activation": "none", "padding": "same"}, [nn.Conv2d(4, 16, 3, padding="same", bias=False)]),
])
def test_convolution_normalization_and_activation_follow_one_another(
    params: dict[str, Any], layers: list[nn.Module],
) -> None:
    assert_same(one("conv_norm_activation", (4, 7, 6), **params), nn.Sequential(*layers))


def test_the_residual_block_adds_by_hand() -> None:
    """With both normalizations at rest and kernels that pass on the middle, y = relu(2·relu(x)·3 + x)."""
    model = network.build(one("residual", (1, 3, 3))).eval()
    with torch.no_grad():
        for conv, weight in ((model.block.conv1, 2.0), (model.block.conv2, 3.0)):
            conv.weight.zero_()[0, 0, 1, 1] = weight
            conv.bias.zero_()
        x = torch.tensor([[[[-1.0, 0.0, 1.0], [2.0, -2.0, 0.5], [0.0, 0.0, 3.0]]]])
        wanted = (6 * x.clamp(min=0) + x).clamp(min=0)
        assert torch.allclose(model(x), wanted, rtol=1e-4)


def test_the_first_inception_of_the_course_gives_256_channels() -> None:
    net = one("inception", (192, 28, 28))
    shapes = network.shapes(net)
    assert shapes["block"] == (256, 28, 28)
    assert [shapes[f"block.{end}"][0] for end in ("b1_relu", "b2_relu2", "b3_relu2", "b4_relu")] == [64, 128, 32, 32]
    assert [edge.source for edge in network.analyze(net).inside["block"].net.edges_into("concat")] == [
        "b1_relu", "b2_relu2", "b3_relu2", "b4_relu"]


def test_the_shortcut_reaches_the_second_input_of_the_sum() -> None:
    for params, shortcut in (({}, "input"), ({"use_1x1conv": True}, "conv3")):
        inside = network.analyze(one("residual", (4, 8, 8), **params)).inside["block"].net
        assert [edge.source for edge in inside.edges_into("add")] == ["norm2", shortcut]


def test_a_shortcut_that_does_not_fit_is_mended_on_one_click() -> None:
    net = one("residual", (64, 56, 56), out_channels=128, stride=2)
    (problem,) = network.problems(net)
    assert (problem.address, str(problem.message)) == (
        "block", "The shortcut carries 64×56×56 but the convolutions give 128×28×28.")
    assert str(problem.fix.title) == "Put the 1×1 convolution on the shortcut"
    assert network.shapes(network.apply(net, problem.fix))["block"] == (128, 28, 28)


@pytest.mark.parametrize("block", ["residual", "inception", "conv_norm_activation"])
def test_a_row_of_features_is_refused_by_the_block_itself(block: str) -> None:
    (problem,) = network.problems(one(block, (8,)))
    assert problem.address == "block"
    assert "needs a map (channel × height × width) but gets 8." in str(problem.message)


@pytest.mark.parametrize(("block", "params"), [
    ("residual", {}), ("residual", {"stride": [2, 3], "use_1x1conv": True}), ("inception", {}),
    ("conv_norm_activation", {"kernel_size": [5, 3], "stride": 2, "padding": [0, 1]})])
def test_what_a_block_says_it_sees_is_what_its_insides_see(block: str, params: dict[str, Any]) -> None:
    net = one(block, (3, 32, 32), **params)
    field = receptive_fields(net)["block"]
    window = BLOCKS.get(block).sees(network.analyze(net).params["block"], (3, 32, 32))
    assert (window.size, window.stride) == (field.size, field.jump)
    assert tuple(-pad for pad in window.padding) == field.start


def test_every_activation_can_be_chosen_but_identity_and_a_formula() -> None:
    (choice,) = (spec for spec in BLOCKS.get("conv_norm_activation").params if spec.name == "activation")
    named = {block.name for block in BLOCKS if block.family == "activation"}
    assert set(choice.options) == named - {"identity", "expression"} | {"none"}
    for activation in choice.options:
        assert network.problems(one("conv_norm_activation", (2, 4, 4), activation=activation)) == []
