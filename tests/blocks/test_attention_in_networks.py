"""Attention as the app shows it: read by address, refused in words, costed."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer import hooks, network
from explorer.blocks import BLOCKS
from explorer.document import Network, chain
from tests.blocks.test_attention_against_pytorch import one


def tokens(shape: tuple[int, ...], block: str, **params: Any) -> Network:
    return chain("one", ("input", "input", {"shape": list(shape)}), ("block1", block, params))


@pytest.mark.parametrize(("mask", "hidden"), [("causal", (0, 5)), ("window", (0, 3)), ("padding", (3, 5))])
def test_weights_read_by_address_sum_to_one_and_are_zero_where_masked(mask: str, hidden: tuple[int, int]) -> None:
    model = network.build(tokens((6, 8), "transformer_encoder", heads=2, mask=mask))
    addresses = [f"block1.attention.{name}" for name in ("scores", "mask", "weights", "mix")]
    with hooks.record_activations(model, addresses) as recorded:
        model(torch.randn(3, 6, 8))
    scores, masked, weights, mix = (recorded[address] for address in addresses)
    seen = model.get_submodule("block1.attention.mask").mask
    assert weights.shape == (3, 2, 6, 6)
    assert mix.shape == (3, 2, 6, 4)
    assert torch.allclose(weights.sum(3), torch.ones(3, 2, 6))
    assert not seen[hidden]
    assert not weights[..., ~seen].any()
    assert (weights[..., seen] > 0).all()
    assert torch.equal(masked[..., seen], scores[..., seen])


def test_weights_in_shifted_windows_are_zero_across_the_border() -> None:
    model = network.build(tokens((8, 8, 8), "swin_block_pair", heads=2, window_size=4))
    address = "block1.block2.attention.weights"
    with hooks.record_activations(model, [address]) as recorded:
        model(torch.randn(3, 8, 8, 8))
    seen = model.get_submodule("block1.block2.attention.mask").mask.expand(4, 2, 16, 16)
    assert recorded[address].shape == (3, 4, 2, 16, 16)
    assert not recorded[address][:, ~seen].any()
    assert torch.allclose(recorded[address].sum(4), torch.ones(3, 4, 2, 16))


@pytest.mark.parametrize(("block", "shape", "params", "sentence", "button"), [
    ("multi_head_attention", (5, 12), {"heads": 5}, "5 heads must divide the 12 features.", "Set heads to 4"),
    ("transformer_encoder", (5, 12), {"heads": 100}, "100 heads must divide the 12", "Set heads to 12"),
    ("swin_block", (12, 8, 8), {"heads": 5}, "5 heads must divide the 12 features", "Set heads to 4"),
    ("multi_head_attention", (3, 28, 28), {}, "needs a sequence (token × feature) but gets 3×28×28",
     "Cut the map into patches"),
    ("learned_positions", (1, 8, 8), {}, "needs a sequence (token × feature)", "Cut the map into patches"),
    ("multi_head_attention", (4, 8), {"mask": "padding", "padding": 4}, "4 of 4 keys are padding",
     "Set padding to 3"),
    ("multi_head_attention", (4, 8), {"mask": "random", "random_keys": 9}, "9 random keys cannot be drawn from 4",
     "Set random keys to 4"),
    ("multi_head_attention", (4, 8), {"mask": "causal", "mechanism": "linear"}, "cannot be masked",
     "Set mask to none"),
    ("attention_mask", (4, 6), {"kind": "window"}, "4 queries and 6 keys", "Set mask to none"),
    ("patch_embedding", (1, 28, 28), {"patch_size": 5}, "patches of 5×5 do not tile 28×28",
     "Set patch size to 4"),
    ("patch_embedding", (1, 28, 28), {"patch_size": 100}, "a patch of 100×100 is larger than the map of 28×28",
     "Set patch size to 7"),
    ("window_partition", (1, 28, 28), {"window_size": 8}, "windows of 8×8 do not tile 28×28", "Set window size to 7"),
    ("swin_block_pair", (8, 12, 20), {"window_size": 7}, "windows of 7×7 do not tile 12×20",
     "Set window size to 4"),
    ("window_partition", (1, 8, 8), {"shift": 4}, "A shift of 4×4 must be smaller than the window of 4×4",
     "Set shift to 2"),
    ("window_merge", (6, 4, 1), {}, "6 windows cannot be arranged in 2 equal rows", "Set rows of windows to 2"),
    ("window_merge", (6, 4, 1), {"rows": 4}, "6 windows cannot be arranged in 4 equal rows",
     "Set rows of windows to 3"),
])
def test_what_does_not_fit_is_fixed_on_one_click(
    block: str, shape: tuple[int, ...], params: dict[str, Any], sentence: str, button: str,
) -> None:
    net = tokens(shape, block, **params)
    (problem,) = network.problems(net)
    assert problem.address == "block1"
    assert sentence in str(problem.message)
    assert str(problem.fix.title) == button
    assert network.problems(network.apply(net, problem.fix)) == []


def test_a_memory_of_another_width_is_looked_at_and_a_map_is_refused() -> None:
    assert network.shapes(one("cross_attention", (5, 8), (7, 6)))["x.weights"] == (4, 5, 7)
    (problem,) = network.problems(one("transformer_decoder", (5, 8), (3, 8, 8)))
    assert "needs a sequence" in str(problem.message)
    assert network.problems(network.apply(one("transformer_decoder", (5, 8), (3, 8, 8)), problem.fix)) == []


def test_attention_in_windows_costs_what_the_paper_says() -> None:
    """Liu et al. 2021, eq. 1 and 2: 4hwC² + 2(hw)²C against 4hwC² + 2M²hwC."""
    height, width, channels, size = 8, 16, 12, 4
    pixels = height * width
    whole = tokens((pixels, channels), "multi_head_attention", heads=3)
    assert network.analyze(whole).multiply_adds["block1"] == 4 * pixels * channels**2 + 2 * pixels**2 * channels
    pair = tokens((channels, height, width), "swin_block_pair", heads=3, window_size=size)
    inside = network.analyze(pair).inside["block1"].analysis
    for block in ("block1", "block2"):
        found = inside.inside[block].analysis.multiply_adds["attention"]
        assert found == 4 * pixels * channels**2 + 2 * size**2 * pixels * channels


def test_linear_attention_costs_in_step_with_the_tokens() -> None:
    costs = [network.analyze(tokens((count, 8), "multi_head_attention", mechanism="linear")).multiply_adds["block1"]
             for count in (16, 32)]
    assert costs[1] == 2 * costs[0]


def test_the_windows_of_swin_at_224_pixels_are_8_by_8_of_7_by_7() -> None:
    net = chain("one", ("input", "input", {"shape": [3, 224, 224]}),
                ("patches", "patch_embedding", {"patch_size": 4, "out_features": 96, "layout": "map"}),
                ("pair", "swin_block_pair", {"heads": 3, "window_size": 7}))
    shapes = network.shapes(net)
    assert shapes["patches"] == (96, 56, 56)
    assert shapes["pair.block2.windows"] == (64, 49, 96)
    assert shapes["pair.block2.attention.weights"] == (64, 3, 49, 49)
    assert BLOCKS.get("swin_block").sketch({"window_size": 7, "shifted": True}, ((96, 56, 56),)).shift == (3 / 7, 3 / 7)
