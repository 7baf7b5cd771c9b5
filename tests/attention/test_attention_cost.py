"""The cost of windows by the formula is what is counted."""

from __future__ import annotations

import torch

from explorer import network, zoo
from explorer.attention import find_attentions
from explorer.attention.cost import costs_of
from explorer.document import chain
from explorer.network.operations import OperationCounter


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
