"""A network without a head is a pass with a hook written by hand; the cost of windows is what is counted."""

from __future__ import annotations

import pytest
import torch

from explorer import network, zoo
from explorer.attention import find_attentions
from explorer.attention.ablation import mean_mix, without_head
from explorer.attention.cost import costs_of
from explorer.document import chain
from explorer.network.operations import OperationCounter


@pytest.mark.parametrize("name", ["vit_digits", "swin_digits"])
def test_a_head_that_is_taken_out_is_one_whose_mix_a_hook_sets_to_zero(name):
    model, batch = network.build(zoo.get(name), seed=1).eval(), torch.rand(3, 1, 28, 28)
    attention = find_attentions(model)[1]
    heads_axis = 2 if attention.is_windowed else 1

    def by_hand(module, inputs, output):
        kept = torch.ones(attention.heads)
        kept[1] = 0
        return output * kept.reshape([-1 if axis == heads_axis else 1 for axis in range(output.dim())])

    handle = model.get_submodule(attention.mix).register_forward_hook(by_hand)
    expected = model(batch)
    handle.remove()
    with without_head(model, attention, 1):
        assert torch.allclose(model(batch), expected, atol=1e-6)
    assert not torch.allclose(model(batch), expected, atol=1e-6)


def test_a_head_that_always_mixes_its_mean_changes_nothing_for_a_single_sample():
    model, batch = network.build(zoo.get("vit_digits"), seed=1).eval(), torch.rand(1, 1, 28, 28)
    attention = find_attentions(model)[0]
    with without_head(model, attention, 2, mean_mix(model, attention, batch)[:, 2]):
        changed = model(batch)
    assert torch.allclose(changed, model(batch), atol=1e-6)


def test_costs_by_the_formula_are_the_multiply_adds_that_are_counted():
    model, batch = network.build(zoo.get("swin_digits")).eval(), torch.rand(1, 1, 28, 28)
    for cost, attention in zip(costs_of(model, batch, find_attentions(model)), find_attentions(model), strict=True):
        windows = torch.rand(1, cost.tokens // cost.window, cost.window, cost.features)
        whole = windows.flatten(1, 2)
        module = model.get_submodule(attention.block)
        with OperationCounter() as counted, torch.no_grad():
            module(windows)
        assert counted.get_total_flops() // 2 == cost.in_windows
        everywhere = network.build(network_of(cost.tokens, cost.features, attention.heads)).attention
        with OperationCounter() as counted, torch.no_grad():
            everywhere(whole)
        assert counted.get_total_flops() // 2 == cost.over_all


def network_of(tokens: int, features: int, heads: int) -> network.Network:
    return chain("Global", ("input", "input", {"shape": [tokens, features]}),
                 ("attention", "multi_head_attention", {"heads": heads}))
