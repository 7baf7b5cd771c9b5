"""The parts of attention against numbers computed by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from explorer.blocks import BLOCKS
from explorer.blocks.sketch import MAX_CELLS, Grid, Matrix, coarse
from explorer.spec import defaults
from tests.blocks.building import built

X, O = 1, 0  # seen, not seen  # noqa: E741


def mask_rows(count: int, **params: Any) -> list[list[int]]:
    return built("attention_mask", (count, count), **params).mask.int().tolist()


def test_scores_are_scalar_products_divided_by_the_root_of_the_length() -> None:
    query, key = torch.tensor([[[1.0, 2, 3, 4]]]), torch.tensor([[[1.0, 1, 1, 1], [2, 0, 0, -1]]])
    assert built("attention_scores", (1, 4), (2, 4))(query, key).tolist() == [[[5.0, -1.0]]]
    assert built("attention_scores", (1, 4), (2, 4), scaled=False)(query, key).tolist() == [[[10.0, -2.0]]]


def test_additive_scores_are_their_formula() -> None:
    scores = built("additive_scores", (3, 4), (5, 6), hidden_features=7)
    query, key = torch.randn(2, 3, 4), torch.randn(2, 5, 6)
    w_q, w_k, w_v = scores.query.weight, scores.key.weight, scores.score.weight[0]
    wanted = [[[(w_v @ torch.tanh(w_q @ query[b, i] + w_k @ key[b, j])).item() for j in range(5)]
               for i in range(3)] for b in range(2)]
    assert torch.allclose(scores(query, key), torch.tensor(wanted), atol=1e-5)


def test_heads_take_equal_shares_of_the_features_and_are_merged_again() -> None:
    x = torch.arange(8.0).reshape(1, 2, 4)
    split = built("split_heads", (2, 4), heads=2)(x)
    assert split.tolist() == [[[[0, 1], [4, 5]], [[2, 3], [6, 7]]]]
    assert torch.equal(built("merge_heads", (2, 2, 2))(split), x)
    windows = torch.randn(2, 3, 4, 8)
    split = built("split_heads", (3, 4, 8), heads=2)(windows)
    assert torch.equal(split[:, 1], built("split_heads", (4, 8), heads=2)(windows[:, 1]))
    assert torch.equal(built("merge_heads", (3, 2, 4, 4))(split), windows)


def test_the_mix_is_the_weighted_mean_of_the_values() -> None:
    weights, values = torch.tensor([[[0.25, 0.75], [1.0, 0.0]]]), torch.tensor([[[4.0, 0.0], [8.0, 2.0]]])
    assert built("attention_mix", (2, 2), (2, 2))(weights, values).tolist() == [[[7.0, 1.5], [4.0, 0.0]]]


def test_linear_attention_weighs_by_the_products_of_elu_plus_one() -> None:
    query, key, value = torch.randn(1, 2, 3), torch.randn(1, 4, 3), torch.randn(1, 4, 5)

    def phi(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x + 1, x.exp())

    weights = phi(query) @ phi(key).transpose(1, 2)
    wanted = weights / weights.sum(2, keepdim=True) @ value
    assert torch.allclose(built("linear_attention", (2, 3), (4, 3), (4, 5))(query, key, value), wanted, atol=1e-5)


@pytest.mark.parametrize(("params", "rows"), [
    ({"kind": "none"}, [[X, X, X, X]] * 4),
    ({"kind": "causal"}, [[X, O, O, O], [X, X, O, O], [X, X, X, O], [X, X, X, X]]),
    ({"kind": "window", "window": 1}, [[X, X, O, O], [X, X, X, O], [O, X, X, X], [O, O, X, X]]),
    ({"kind": "window", "window": 0}, [[X, O, O, O], [O, X, O, O], [O, O, X, O], [O, O, O, X]]),
    ({"kind": "global", "window": 0, "global_tokens": 1}, [[X, X, X, X], [X, X, O, O], [X, O, X, O], [X, O, O, X]]),
    ({"kind": "padding", "padding": 3}, [[X, O, O, O]] * 4),
])
def test_a_mask_says_who_may_look_at_whom(params: dict[str, Any], rows: list[list[int]]) -> None:
    assert mask_rows(4, **params) == rows
    sketch = BLOCKS.get("attention_mask").sketch(
        {**defaults(BLOCKS.get("attention_mask").params), **params}, ((3, 4, 4),))
    assert sketch == Matrix(tuple(tuple(float(cell) for cell in row) for row in rows), "query", "key", 3)


def test_a_random_mask_adds_keys_drawn_under_its_seed_to_window_and_global_tokens() -> None:
    params = {"window": 1, "global_tokens": 2, "random_keys": 2}
    around, drawn = mask_rows(12, kind="global", **params), mask_rows(12, kind="random", **params)
    more = [sum(b) - sum(a) for a, b in zip(around, drawn, strict=True)]
    assert all(b >= a for before, after in zip(around, drawn, strict=True) for a, b in zip(before, after, strict=True))
    assert 0 < max(more) <= 2
    assert drawn == mask_rows(12, kind="random", **params)
    assert drawn != mask_rows(12, kind="random", seed=1, **params)


@pytest.mark.parametrize("kind", ["causal", "window", "global", "random"])
def test_the_picture_of_a_large_mask_is_its_summary(kind: str) -> None:
    block = BLOCKS.get("attention_mask")
    params = {**defaults(block.params), "kind": kind, "window": 8}
    sketch = block.sketch(params, ((64, 64),))
    mask = built("attention_mask", (64, 64), **params).mask.float()
    assert torch.equal(torch.tensor(sketch.cells), mask)
    assert torch.equal(torch.tensor(coarse(sketch, 16).cells), mask.reshape(16, 4, 16, 4).mean((1, 3)))
    assert len(block.sketch(params, ((2000, 2000),)).cells) == MAX_CELLS


def test_the_picture_of_a_window_mask_is_the_mask_of_the_last_window() -> None:
    block, params = BLOCKS.get("window_mask"), {"rows": None, "shift": (3, 3)}
    sketch = block.sketch(params, ((4, 2, 49, 49),))
    mask = built("window_mask", (4, 2, 49, 49), shift=(3, 3)).mask[-1, 0].float()
    assert torch.equal(torch.tensor(sketch.cells), mask)
    assert (sketch.copies, sketch.layers) == (4, "windows")
    card = torch.tensor(coarse(sketch, 16).cells)
    assert card.shape == (16, 16) and card.mean().item() == pytest.approx(mask.mean().item(), abs=0.03)
    assert card.unique().numel() > 2  # where tokens of two sides share a cell


def test_masked_scores_are_minus_infinity_and_their_weights_zero() -> None:
    masked = built("attention_mask", (3, 3), kind="causal")(torch.zeros(1, 3, 3))
    assert masked[0].tolist() == [[0, -math.inf, -math.inf], [0, 0, -math.inf], [0, 0, 0]]
    assert masked.softmax(2)[0, 1].tolist() == [0.5, 0.5, 0]


def test_sinusoidal_positions_are_their_formula() -> None:
    positions = built("sinusoidal_positions", (5, 7))(torch.zeros(1, 5, 7))[0]
    for i in range(5):
        for j in range(7):
            wave = math.sin if j % 2 == 0 else math.cos
            assert positions[i, j].item() == pytest.approx(wave(i / 10_000 ** (2 * (j // 2) / 7)), abs=1e-6)


def test_learned_positions_are_added_and_the_class_token_comes_first() -> None:
    x, positions, token = torch.randn(2, 3, 4), built("learned_positions", (3, 4)), built("class_token", (3, 4))
    assert torch.equal(positions(x)[1], x[1] + positions.positions)
    assert [tuple(p.shape) for p in (*positions.parameters(), *token.parameters())] == [(3, 4), (1, 4)]
    with torch.no_grad():
        token.token.fill_(7)
    assert torch.equal(token(x), torch.cat([torch.full((2, 1, 4), 7.0), x], 1))


def test_tokens_are_looked_up() -> None:
    embedding, tokens = built("embedding", (2,), num_embeddings=5, embedding_dim=3), torch.tensor([[4, 1]])
    assert torch.equal(embedding(tokens)[0], embedding.weight[[4, 1]])
    assert built("one_hot", (2,), classes=5)(tokens).tolist() == [[[0, 0, 0, 0, 1], [0, 1, 0, 0, 0]]]


def test_a_patch_is_one_row_of_numbers_row_by_row_of_the_map() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    patches = built("patch_embedding", (1, 4, 4), patch_size=2, out_features=4, bias=False)
    with torch.no_grad():
        patches.weight.copy_(torch.eye(4).reshape(4, 1, 2, 2))
    assert patches(x)[0].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    as_map = built("patch_embedding", (1, 4, 4), patch_size=2, out_features=4, bias=False, layout="map")
    as_map.load_state_dict(patches.state_dict())
    assert torch.equal(as_map(x).flatten(2).transpose(1, 2), patches(x))
    assert BLOCKS.get("patch_embedding").sketch({"patch_size": 2}, ((1, 8, 4),)) == Grid(4, 2)


def test_224_pixels_make_196_patches_of_768_and_197_tokens() -> None:
    patches = built("patch_embedding", (3, 224, 224), patch_size=16, out_features=768)(torch.zeros(1, 3, 224, 224))
    assert patches.shape == (1, 196, 768)
    assert built("class_token", (196, 768))(patches).shape == (1, 197, 768)


MAP = torch.arange(16.0).reshape(1, 1, 4, 4)
WINDOWS = {
    0: [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]],
    1: [[5, 6, 9, 10], [7, 4, 11, 8], [13, 14, 1, 2], [15, 12, 3, 0]],
}


@pytest.mark.parametrize("shift", [0, 1])
def test_windows_are_cut_row_by_row_and_put_together_again(shift: int) -> None:
    windows = built("window_partition", (1, 4, 4), window_size=2, shift=shift)(MAP)
    assert windows[0, ..., 0].tolist() == WINDOWS[shift]
    assert torch.equal(built("window_merge", (4, 4, 1), shift=shift)(windows), MAP)


def test_windows_of_a_map_that_is_no_square_are_put_together_again() -> None:
    x = torch.randn(2, 3, 4, 6)
    windows = built("window_partition", (3, 4, 6), window_size=2, shift=(1, 0))(x)
    assert torch.equal(built("window_merge", (6, 4, 3), rows=2, shift=(1, 0))(windows), x)


def test_the_mask_of_shifted_windows_keeps_opposite_borders_apart() -> None:
    """Of the windows above, the second holds 7 | 4 and 11 | 8, the third 13 14 over 1 2, the last four corners."""
    mask = built("window_mask", (4, 1, 4, 4), shift=1).mask[:, 0].int().tolist()
    assert mask[0] == [[1] * 4] * 4
    assert mask[1] == [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    assert mask[2] == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    assert mask[3] == torch.eye(4).int().tolist()
    sketch = BLOCKS.get("window_mask").sketch({"rows": None, "shift": 1}, ((4, 1, 4, 4),))
    assert [list(row) for row in sketch.cells] == mask[3]


def test_relative_positions_add_one_number_for_each_way() -> None:
    bias = built("relative_position_bias", (3, 4, 4))
    assert bias.table.shape == (9, 3)
    with torch.no_grad():
        bias.table[:, 1] = torch.arange(9.0)
    assert bias(torch.zeros(1, 3, 4, 4))[0, 1].tolist() == [[4, 3, 1, 0], [5, 4, 2, 1], [7, 6, 4, 3], [8, 7, 5, 4]]


def test_space_to_depth_goes_down_first_and_fills_odd_maps_with_zeros() -> None:
    out = built("space_to_depth", (1, 3, 3))(torch.arange(1.0, 10).reshape(1, 1, 3, 3))
    assert out[0].flatten(1).tolist() == [[1, 3, 7, 9], [4, 6, 0, 0], [2, 0, 8, 0], [5, 0, 0, 0]]
