"""The view of attention: weights as the module gives them, masked pairs named, large matrices in parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explorer import figures, network, zoo
from explorer.document import chain
from explorer.hooks import in_mode, record_activations
from explorer.network.building import BuiltNetwork
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from explorer.probes.attention_parts import MOST_NUMBERS
from explorer.recipe import Recipe
from explorer.results import AttentionView
from explorer.spec import BadValue
from tests.attention.attending_networks import MASKS, NETWORKS, batch_for, hiding_all


def view_of(name: str, **options: object) -> tuple[BuiltNetwork, AttentionView]:
    net = NETWORKS[name]
    model = network.build(net, seed=2)
    subject = Subject(model, batch_for(net), Recipe(net))
    return model, compute_probe(PROBES.get("attention"), subject, options)[0]


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "linear"])
def test_rows_sum_to_one_and_are_the_output_of_the_weights_node(name: str) -> None:
    model, view = view_of(name)
    with record_activations(model, [view.node]) as recorded, in_mode(model, training=False):
        model(batch_for(NETWORKS[name]))
    windows, part = list(view.part.windows), view.part
    wanted = recorded[view.node][0].numpy().reshape(view.shape)[windows]
    np.testing.assert_allclose(part.weights, wanted, atol=1e-6)
    np.testing.assert_allclose(part.weights.sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(view.sums, 1, atol=1e-5)
    window, _head, query, key = view.unit
    np.testing.assert_array_equal(view.row, part.weights[windows.index(window), :, query])
    np.testing.assert_array_equal(view.column, part.weights[windows.index(window), :, :, key])
    assert len(view.axes) == recorded[view.node].dim() - 1


@pytest.mark.parametrize("kind", [kind for kind in MASKS if kind != "none"])
def test_pairs_that_the_mask_hides_are_marked_and_have_no_weight(kind: str) -> None:
    model, view = view_of(f"mask {kind}")
    np.testing.assert_array_equal(view.part.hidden[0], ~model.get_submodule("block1.attention.mask").mask.numpy())
    assert view.part.hidden.any()
    assert not view.part.weights[:, :, view.part.hidden[0] == 1].any()


def test_a_mask_that_hides_everything_leaves_rows_that_are_named_and_no_numbers() -> None:
    net = hiding_all()
    view = run("attention", network.build(net), batch_for(net))
    assert np.isnan(view.part.weights[0, 0, 4:]).all()
    assert np.isfinite(view.part.weights[0, 0, :4]).all()
    assert str(view.note).startswith("2 of 6 rows have no weights: the mask hides every key there")
    assert figures.draw(view).data


@pytest.mark.parametrize(("name", "parameter"), [("vit_digits", "patches"), ("mask causal", "embedding")])
def test_a_diverged_network_is_named_as_such(name: str, parameter: str) -> None:
    net = NETWORKS[name]
    model = network.build(net)
    with torch.no_grad():
        model.get_submodule(parameter).weight.fill_(torch.nan)
    note = str(run("attention", model, batch_for(net)).note)
    assert "not finite: the network has diverged" in note and "mask" not in note


def test_scores_are_the_products_of_queries_and_keys_with_what_is_added_to_them() -> None:
    model, view = view_of("swin_digits", node="stage1_pair1.block2.attention.weights", unit=(3, 1, 20, 21))
    window, head, query, key = view.unit
    pair = view.pair
    assert pair.queries.shape == (2, 49, 12)
    np.testing.assert_allclose(pair.queries @ pair.keys.transpose(0, 2, 1) * pair.scale, pair.scores, atol=1e-5)
    bias = model.get_submodule("stage1_pair1.block2.attention.position_bias")
    np.testing.assert_allclose(pair.added, bias.table[bias.index].permute(2, 0, 1).detach().numpy(), atol=1e-5)
    logits = np.where(view.part.hidden[window], -np.inf, pair.scores + pair.added)
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(view.part.weights[window], shares, atol=1e-6)
    assert view.part.weights[window, head, query, key] == view.row[head, key]


@pytest.mark.parametrize(("node", "shown"), [
    ("", "block4.attention.weights"), ("head", "block4.attention.weights"), ("loss", "block4.attention.weights"),
    ("block2.attention.scores", "block2.attention.weights"), ("block2", "block2.attention.weights"),
    ("block1.attention.merge", "block1.attention.weights")])
def test_the_attention_shown_is_the_one_that_the_node_is_part_of_else_the_last(node: str, shown: str) -> None:
    assert view_of("vit_digits", node=node)[1].node == shown


def test_a_pair_belongs_to_the_weights_and_one_of_another_node_is_none() -> None:
    assert view_of("vit_digits", node="block1.attention.weights", unit=(2, 5, 7))[1].unit == (0, 2, 5, 7)
    assert view_of("vit_digits", node="block1.attention.scores", unit=(2, 5))[1].unit[1:3] == (2, 5)
    assert view_of("vit_digits", node="patches", unit=(40, 60))[1].unit[:3] == (0, 0, 0)
    with pytest.raises(BadValue, match=r"no unit \(9, 0, 0\): its output is 4×17×17. The nearest one is \(3, 0, 0\)"):
        view_of("vit_digits", node="block1.attention.weights", unit=(9, 0, 0))


def test_every_layer_that_attends_is_listed_with_small_matrices_where_they_are_wanted() -> None:
    _model, plain = view_of("swin_digits")
    assert [block.shape for block in plain.blocks] == [(4, 2, 49, 49)] * 2 + [(1, 4, 49, 49)] * 2
    assert {block.thumbnails.size for block in plain.blocks} == {0}
    _model, full = view_of("swin_digits", every_layer=True)
    assert [block.thumbnails.shape for block in full.blocks] == [(2, 48, 48)] * 2 + [(4, 48, 48)] * 2
    assert max(block.thumbnails.max() for block in full.blocks) <= 1


@pytest.fixture(scope="module")
def large() -> tuple[BuiltNetwork, torch.Tensor]:
    """4,096 tokens, two heads."""
    net = chain("Large", ("input", "input", {"shape": [1, 64, 64]}),
                ("patches", "patch_embedding", {"patch_size": 1, "out_features": 4}),
                ("attention", "multi_head_attention", {"heads": 2, "mask": "causal"}),
                ("pool", "token_pooling", {"pool": "mean"}), ("head", "linear", {"out_features": 2}))
    return network.build(net), torch.rand(1, 1, 64, 64)


def test_4096_tokens_travel_thinned_with_the_row_of_the_query_exact(large: tuple[BuiltNetwork, torch.Tensor]) -> None:
    view = run("attention", *large, node="attention.weights", unit=(1, 4000, 17))
    assert view.part.weights.shape == (1, 1, 256, 256)
    assert (view.part.heads, view.part.every) == ((1,), (16, 16))
    assert view.row.shape == view.column.shape == (2, 4096)
    assert view.row[1].sum() == pytest.approx(1, abs=1e-4)
    assert view.part.weights[0, 0, 250, 1] == pytest.approx(view.row[1, 16])
    assert view.pair.scores.shape == (1, 1, 1)
    assert sum(each.size for each in (view.part.weights, view.part.hidden, view.row, view.column)) < MOST_NUMBERS


def test_a_part_of_a_large_matrix_is_exact_where_it_is_asked_for(large: tuple[BuiltNetwork, torch.Tensor]) -> None:
    view = run("attention", *large, node="attention.weights", unit=(0, 4095, 4000), region=(4090, 3900))
    assert view.part.start == (3840, 3840)
    assert view.part.every == (1, 1)
    np.testing.assert_array_equal(view.part.weights[0, 0, 255], view.row[0, 3840:])
    assert view.part.hidden[0, 0, 1] == 1


def test_linear_attention_shows_the_weights_that_it_implies_and_calls_them_so() -> None:
    _model, view = view_of("linear")
    assert view.kind == "linear"
    assert "computes no weights" in str(view.note)
    np.testing.assert_allclose(view.part.weights.sum(-1), 1, atol=1e-4)


def test_cross_attention_has_tokens_of_two_kinds() -> None:
    _model, view = view_of("cross")
    assert view.shape == (1, 2, 8, 4)
    assert view.query_boxes.shape == (1, 8, 4)
    assert view.key_boxes[0, 3].tolist() == [4, 4, 8, 8]
    assert view.picture.shape == (1, 8, 8)


def test_a_text_names_its_tokens_and_begins_at_the_last_one_that_was_typed() -> None:
    net = NETWORKS["char_transformer"]
    subject = Subject(network.build(net), batch_for(net), Recipe(net), tuple("abcdefghijklmnopqrstuvwxyz ."), tokens=12)
    view = compute_probe(PROBES.get("attention"), subject, {})[0]
    assert view.place == "tokens"
    assert len(view.names) == 64
    assert view.typed == 12
    assert view.unit[2] == 11


def test_a_layer_of_torch_is_seen_in_a_notebook() -> None:
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, batch_first=True), 2, enable_nested_tensor=False)
    view = run("attention", model, torch.randn(1, 5, 8))
    assert view.node == "layers.1.self_attn"
    assert view.shape == (1, 2, 5, 5)
    np.testing.assert_allclose(view.sums, 1, atol=1e-5)


def test_a_network_without_attention_is_refused_with_those_that_have_it() -> None:
    probe, net = PROBES.get("attention"), zoo.get("lenet")
    assert "ViT for digits" in str(probe.refuses(Recipe(net), network.analyze(net)))
    with pytest.raises(NotApplicable, match="This network has no attention"):
        run("attention", network.build(net), torch.zeros(1, 1, 28, 28))
    for name in NETWORKS:
        assert probe.refuses(Recipe(NETWORKS[name]), network.analyze(NETWORKS[name])) is None
