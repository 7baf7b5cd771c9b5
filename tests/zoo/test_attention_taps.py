"""On every network of the zoo that attends: weights, masks and positions are read by address, and are what they say."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer import hooks, network, zoo
from tests.zoo.test_zoo import sample_of

SMALL = {"vit_digits": {}, "vit_b_16": {"width": 1 / 16, "size": 32}, "swin_digits": {},
         "swin_t": {"width": 1 / 16, "size": 64}, "char_transformer": {}}
Seen = tuple[nn.Module, dict[str, Tensor]]


@pytest.fixture(scope="module", params=SMALL)
def seen(request: pytest.FixtureRequest) -> Seen:
    """A network, and the scores and weights of all its attention on two samples."""
    net = zoo.get(request.param, **SMALL[request.param])
    model = network.build(net)
    found = [address for address, _ in model.named_modules()
             if address.endswith(("attention.scores", "attention.weights"))]
    with hooks.record_activations(model, found) as recorded, hooks.in_mode(model, training=False):
        model(sample_of(net, 2))
    assert len(recorded) == len(found) > 0
    return model, dict(recorded)


def test_every_network_with_a_transformer_is_looked_at() -> None:
    attending = {name for name in zoo.names()
                 if {node.block for node in zoo.get(name).nodes} & {"transformer_encoder", "transformer_decoder",
                                                                    "swin_block_pair", "multi_head_attention"}}
    assert attending == set(SMALL)


def test_weights_are_shares_of_one_and_come_from_the_scores_that_are_not_masked(seen: Seen) -> None:
    model, recorded = seen
    for address in [address for address in recorded if address.endswith("weights")]:
        weights, scores = recorded[address], recorded[address.replace("weights", "scores")]
        here = address.removesuffix(".weights")
        inside = dict(model.get_submodule(here).named_children())
        if "position_bias" in inside:
            bias = model.get_submodule(f"{here}.position_bias")
            scores = scores + bias.table.detach()[bias.index].movedim(-1, -3)
        if "mask" in inside:
            visible = model.get_submodule(f"{here}.mask").mask
            assert not weights.masked_select(~visible).any()
            scores = scores.masked_fill(~visible, -torch.inf)
        assert torch.allclose(weights.sum(-1), torch.ones(()))
        assert torch.allclose(weights, scores.exp() / scores.exp().sum(-1, keepdim=True), atol=1e-6)


@pytest.mark.parametrize(("name", "address"), [("vit_digits", "positions"), ("vit_b_16", "positions"),
                                               ("char_transformer", "positions1")])
def test_positions_are_what_is_added_to_the_tokens(name: str, address: str) -> None:
    net = zoo.get(name, **SMALL[name])
    model = network.build(net)
    (before,) = (edge.source for edge in net.edges_into(address))
    (positions,) = model.get_submodule(address).parameters()
    with hooks.record_activations(model, [before, address]) as recorded, hooks.in_mode(model, training=False):
        model(sample_of(net, 2))
    assert torch.allclose(recorded[address], recorded[before] + positions)
