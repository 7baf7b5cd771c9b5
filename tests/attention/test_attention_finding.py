"""Attention is found wherever weights mix values, and its weights are those of the network."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer import network, zoo
from explorer.attention import (
    LINEAR,
    TORCH,
    find_attention,
    find_attentions,
    hidden_pairs,
    implied_weights,
    in_five_axes,
    read_weights,
)
from explorer.hooks import in_mode, record_activations
from explorer.network.building import BuiltNetwork, leaves
from tests.attention.attending_networks import NETWORKS, batch_for, hiding_all


@pytest.fixture(scope="module", params=NETWORKS)
def built(request: pytest.FixtureRequest) -> tuple[BuiltNetwork, Tensor]:
    net = NETWORKS[request.param]
    return network.build(net, seed=2), batch_for(net)


def test_every_mix_of_values_is_found_with_all_that_leads_to_it(built: tuple[BuiltNetwork, Tensor]) -> None:
    model, _batch = built
    found = find_attentions(model)
    mixing = [address for address, module in leaves(model)
              if type(module).__name__ in ("AttentionMix", "LinearAttention")]
    assert [each.mix for each in found] == mixing
    assert found
    for each in found:
        assert each.query
        assert each.key
        assert each.value
        assert bool(each.scores) == (each.kind != LINEAR)


def test_rows_of_weights_sum_to_one_and_give_what_the_network_mixes(built: tuple[BuiltNetwork, Tensor]) -> None:
    model, batch = built
    found = find_attentions(model)
    weights = read_weights(model, batch, found)
    with record_activations(model, [each.mix for each in found] + [each.value for each in found]) as recorded, \
            in_mode(model, training=False):
        model(batch)
    for each in found:
        sums = weights[each.node].sum(-1)
        assert torch.allclose(sums, torch.ones_like(sums), atol=1e-5)
        mixed = weights[each.node] @ in_five_axes(each, recorded[each.value])
        assert torch.allclose(mixed, in_five_axes(each, recorded[each.mix]), atol=1e-5)


def test_pairs_that_a_mask_hides_have_no_weight(built: tuple[BuiltNetwork, Tensor]) -> None:
    model, batch = built
    found = find_attentions(model)
    weights = read_weights(model, batch, found)
    for each in found:
        if (hidden := hidden_pairs(model, each)) is not None:
            windows, queries, keys = hidden.shape
            shown = weights[each.node].expand(-1, max(windows, weights[each.node].shape[1]), -1, -1, -1)
            assert not shown.masked_select(hidden[:, None]).any()
            assert (queries, keys) == tuple(shown.shape[-2:])


@pytest.mark.parametrize(("name", "heads", "is_windowed"), [
    ("vit_digits", 4, False), ("swin_digits", 2, True), ("parts", 1, False), ("cross", 2, False),
    ("additive", 1, False), ("linear", 2, False)])
def test_heads_and_windows_are_told_from_the_wiring(name: str, heads: int, is_windowed: bool) -> None:
    first = find_attentions(network.build(NETWORKS[name]))[0]
    assert (first.heads, first.is_windowed) == (heads, is_windowed)


def test_the_addresses_of_parts_on_the_canvas_are_those_of_its_nodes() -> None:
    (found,) = find_attentions(network.build(hiding_all()))
    assert (found.node, found.block, found.scores, found.masks, found.mix) == (
        "shares", "", "similarity", ("hidden1", "hidden2"), "mixed")
    assert (found.query, found.key, found.value) == ("q", "k", "v")


def test_rows_of_which_all_is_hidden_are_not_numbers() -> None:
    model = network.build(hiding_all())
    (found,) = find_attentions(model)
    weights = read_weights(model, batch_for(hiding_all()), [found])["shares"]
    assert weights[:, :, :, :4].isfinite().all()
    assert weights[:, :, :, 4:].isnan().all()
    assert hidden_pairs(model, found)[0, 4:].all()


def test_an_attention_is_found_by_any_of_its_nodes() -> None:
    model = network.build(zoo.get("swin_digits"))
    names = ("attention.scores", "attention.mask", "attention.mix", "attention.query_heads", "attention", "norm1", "")
    for name in names[:-1]:
        found = find_attention(model, f"stage1_pair1.block2.{name}")
        assert (found is None) == (name == "norm1")
        assert found is None or found.node == "stage1_pair1.block2.attention.weights"
    assert find_attention(model, "") is None
    assert find_attention(model, "stage1_pair1").node == "stage1_pair1.block2.attention.weights"


def test_a_network_without_attention_has_none() -> None:
    assert find_attentions(network.build(zoo.get("lenet"))) == ()
    assert find_attentions(nn.Sequential(nn.Linear(2, 2))) == ()


def test_linear_attention_has_the_weights_that_it_implies() -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 4), torch.randn(5, 4), torch.randn(5, 2)
    weights = implied_weights(query, key)
    for row in range(3):
        shares = torch.stack([((F.elu(query[row]) + 1) * (F.elu(key[column]) + 1)).sum() for column in range(5)])
        assert torch.allclose(weights[row], shares / shares.sum(), atol=1e-6)
    assert torch.allclose(weights @ value, network.build(NETWORKS["linear"]).get_submodule("attention.mix")(
        query[None], key[None], value[None])[0], atol=1e-6)


def test_layers_of_torch_give_their_weights_though_nobody_asked_for_them() -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, dropout=0.3, batch_first=True)
    model = nn.Sequential(layer, nn.Linear(8, 3))
    batch = torch.randn(2, 5, 8)
    (found,) = find_attentions(model)
    assert (found.node, found.kind, found.heads) == ("0.self_attn", TORCH, 2)
    weights = read_weights(model, batch, [found])["0.self_attn"]
    asked = layer.self_attn.eval()(batch, batch, batch, average_attn_weights=False)[1]
    assert weights.shape == (2, 1, 2, 5, 5)
    assert torch.allclose(weights[:, 0], asked, atol=1e-6)
