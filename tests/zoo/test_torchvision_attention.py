"""The zoo's vision transformers are torchvision's: the same numbers with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn
from torchvision import models
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer

from explorer import network, zoo
from explorer.document import Network
from explorer.zoo import swin_transformer, vit
from explorer.zoo.torchvision_keys import state_from_torchvision


def assert_same(name: str, net: Network, theirs: nn.Module) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in theirs.parameters():  # many begin as zeros or ones
            parameter.normal_(std=0.05)
    ours = network.build(net)
    ours.load_state_dict(state_from_torchvision(name, theirs.state_dict()))
    x = torch.rand(2, *network.shapes(net)["input"])
    with torch.no_grad():
        assert torch.allclose(ours.eval()(x), theirs.eval()(x), atol=1e-4)


def test_those_for_digits_give_the_numbers_of_torchvisions_classes_on_three_channels() -> None:
    theirs = VisionTransformer(28, 7, 4, 4, 64, 128, num_classes=10, norm_layer=partial(nn.LayerNorm, eps=1e-6))
    assert_same("vit_digits", vit.vit_digits(channels=3), theirs)
    theirs = SwinTransformer([2, 2], 24, [2, 2], [2, 4], [7, 7], 2.0, num_classes=10)
    assert_same("swin_digits", swin_transformer.swin_digits(channels=3), theirs)


def test_one_with_more_stages_and_merged_windows_gives_torchvisions_numbers() -> None:
    theirs = SwinTransformer([2, 2], 12, [2, 4, 2], [3, 6, 12], [7, 7], num_classes=5)
    assert_same("swin_t", swin_transformer.swin("small", 2, 12, (1, 2, 1), 3, size=56, classes=5), theirs)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_b_16", "swin_t"])
def test_the_original_gives_torchvisions_numbers(name: str) -> None:
    assert_same(name, zoo.get(name), getattr(models, name)())


def test_the_originals_have_as_many_parameters_as_torchvisions() -> None:
    for net, count in ((vit.vit_b_16(), 86_567_656), (swin_transformer.swin_t(), 28_288_354)):
        analysis = network.analyze(net)
        assert analysis.problems == ()
        assert analysis.total_parameters == count


def test_stochastic_depth_grows_as_torchvisions_does() -> None:
    theirs = [module.p for module in models.swin_t().modules() if type(module).__name__ == "StochasticDepth"]
    ours = []
    for node in swin_transformer.swin_t().nodes:
        if node.block == "swin_block_pair":
            ours += [node.params["stochastic_depth"], node.params["second_stochastic_depth"]]
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("make", [vit.vit_b_16, vit.vit_digits, swin_transformer.swin_t, swin_transformer.swin_digits])
def test_they_are_sound_at_other_widths_and_sizes(make: Callable[..., Network]) -> None:
    small = "digits" in make.__name__
    for width in (0.25, 0.5, 2):
        for size in (28, 32) if small else (64, 224):
            net = make(width=width, size=size, channels=1, classes=7)
            assert network.problems(net) == []
            assert network.shapes(net)["head"] == (7,)
