"""The ready-made blocks compute what the course's own modules compute with the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

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


@pytest.mark.parametrize(("block", "params", "plain"), [
    ("residual", {"bias": False}, lambda: BasicBlock(8, 8)),
    ("residual", {"bias": False, "out_channels": 16, "stride": 2, "use_1x1conv": True, "shortcut_norm": True},
     lambda: BasicBlock(8, 16, 2, projection(8, 16, 2))),
    ("bottleneck", {}, lambda: Bottleneck(8, 2)),
    ("bottleneck", {"out_channels": 16, "stride": 2, "use_1x1conv": True},
     lambda: Bottleneck(8, 4, 2, projection(8, 16, 2))),
], ids=["basic", "basic, halved", "bottleneck", "bottleneck, halved"])
def test_a_residual_block_is_torchvisions(block: str, params: dict[str, Any], plain: Any) -> None:
    assert_same(one(block, (8, 7, 6), **params), plain())


def projection(inside: int, outside: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))


@pytest.mark.parametrize(("params", "layers"), [
    ({"out_channels": 5}, [nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.Conv2d(5, 5, 3, padding=1), nn.ReLU(),
                           nn.MaxPool2d(2)]),
    ({"num_convs": 1, "out_channels": 4, "norm": True},
     [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)]),
])
def test_a_vgg_block_is_the_courses(params: dict[str, Any], layers: list[nn.Module]) -> None:
    assert_same(one("vgg_block", (3, 8, 6), **params), nn.Sequential(*layers))


def test_a_nin_block_is_the_courses() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 5, 2, 1), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1),
                          nn.ReLU())
    assert_same(one("nin_block", (3, 9, 8), out_channels=4, kernel_size=5, stride=2, padding=1), plain)


def test_a_separable_convolution_is_a_depthwise_and_a_1x1() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 3, 3, 2, 1, groups=3), nn.Conv2d(3, 5, 1))
    assert_same(one("separable_conv2d", (3, 8, 6), out_channels=5, stride=2, padding=1), plain)


@pytest.mark.parametrize(("shape", "params", "layers"), [
    ((3,), {}, [nn.Linear(3, 12), nn.GELU(), nn.Linear(12, 3)]),
    ((4, 6), {"hidden_features": 5, "out_features": 2, "activation": "relu"},
     [nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 2)]),
])
def test_an_mlp_is_two_linear_layers_at_each_token(
    shape: tuple[int, ...], params: dict[str, Any], layers: list[nn.Module],
) -> None:
    assert_same(one("mlp_block", shape, **params), nn.Sequential(*layers))


def test_dropout_stands_behind_both_layers_of_an_mlp() -> None:
    net = one("mlp_block", (8,), dropout=0.25)
    inside = network.analyze(net).inside["block"].net
    assert [node.id for node in inside.nodes] == ["input", "linear1", "activation", "dropout1", "linear2", "dropout2"]
    assert [node.params["p"] for node in inside.nodes if node.block == "dropout"] == [0.25, 0.25]


class SqueezeExcitation(nn.Module):
    """Hu et al. 2018, 3."""

    def __init__(self, channels: int, middle: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(channels, middle), nn.Linear(middle, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.up(self.down(x.mean((2, 3))).relu()).sigmoid()[:, :, None, None]


@pytest.mark.parametrize(("channels", "reduction", "middle"), [(6, 3, 2), (6, 4, 1), (4, 16, 1)])
def test_squeeze_and_excitation_weighs_each_channel_by_the_whole_map(
    channels: int, reduction: int, middle: int,
) -> None:
    net = one("squeeze_excitation", (channels, 5, 4), reduction=reduction)
    assert_same(net, SqueezeExcitation(channels, middle))


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


def test_a_shortcut_that_does_not_fit_is_fixed_on_one_click() -> None:
    net = one("residual", (64, 56, 56), out_channels=128, stride=2)
    (problem,) = network.problems(net)
    assert (problem.address, str(problem.message)) == (
        "block", "The shortcut has shape 64×56×56 but the convolutions return 128×28×28.")
    assert str(problem.fix.title) == "Put the 1×1 convolution on the shortcut"
    assert network.shapes(network.apply(net, problem.fix))["block"] == (128, 28, 28)


@pytest.mark.parametrize("block", ["residual", "bottleneck", "vgg_block", "nin_block", "inception",
                                   "conv_norm_activation", "squeeze_excitation", "spatial_transformer"])
def test_a_row_of_features_is_refused_by_the_block_itself(block: str) -> None:
    (problem,) = network.problems(one(block, (8,)))
    assert problem.address == "block"
    assert "needs a map (channel × height × width) but gets 8." in str(problem.message)


@pytest.mark.parametrize(("block", "params"), [
    ("residual", {}), ("residual", {"stride": [2, 3], "use_1x1conv": True}), ("inception", {}),
    ("conv_norm_activation", {"kernel_size": [5, 3], "stride": 2, "padding": [0, 1]}),
    ("separable_conv2d", {"kernel_size": [5, 3], "stride": 2, "dilation": [1, 2]}),
    ("bottleneck", {"stride": 2, "use_1x1conv": True, "out_channels": 4}), ("vgg_block", {"num_convs": 3}),
    ("nin_block", {"kernel_size": 5, "stride": 2, "padding": 1})])
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
