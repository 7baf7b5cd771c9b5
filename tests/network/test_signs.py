"""What is said never to be negative never is, whatever runs through the network."""

from __future__ import annotations

import pytest
import torch

from explorer import network, zoo
from explorer.blocks import BLOCKS
from explorer.network.signs import NEVER_NEGATIVE, NO_MORE_THAN_ITS_INPUTS, never_negative
from tests.blocks.test_block_registry import accepted


def test_lenets_feature_maps_behind_sigmoids_and_pools_are_never_negative() -> None:
    net = zoo.get("lenet")
    found = never_negative(net, network.analyze(net), images=True)
    assert {"input", "sigmoid1", "pool1", "pool2", "flatten"} <= found
    assert not {"conv1", "conv2", "linear1", "linear3"} & found
    assert "input" not in never_negative(net, network.analyze(net), images=False)


def test_inside_blocks_too_and_attention_weights_are_shares() -> None:
    net = zoo.get("vit_digits")
    found = never_negative(net, network.analyze(net), images=True)
    assert "block1.attention.weights" in found and "block1.attention.mix" not in found
    residual = zoo.get("resnet18")
    assert any(address.count(".") for address in never_negative(residual, network.analyze(residual), images=True))


@pytest.mark.parametrize("name", sorted(NEVER_NEGATIVE | NO_MORE_THAN_ITS_INPUTS))
def test_it_gives_nothing_negative(name: str) -> None:
    assert name in BLOCKS
    torch.manual_seed(0)
    for case in accepted(name):
        inputs = [torch.randn(2, *signal.shape) if signal.dtype == "float32" else torch.ones(2, *signal.shape).long()
                  for signal in case.signals]
        inputs = inputs if name in NEVER_NEGATIVE else [one.abs() for one in inputs]
        out = network.build(case.net)(*inputs)
        assert (out[0] if isinstance(out, tuple) else out).min() >= 0, case
