"""Attention flow equals the product of whole matrices written out in loops, through windows and merged patches, too."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.attention.rollout import (
    DifferentTokens,
    FlowLayer,
    accumulate,
    average_heads,
    carry,
    roll_out,
    weigh_by_gradient,
)

DRAW = np.random.default_rng(0)


def weights_of(windows: int, heads: int, tokens: int) -> np.ndarray:
    drawn = DRAW.random((windows, heads, tokens, tokens))
    return drawn / drawn.sum(-1, keepdims=True)


def grid_of_windows(side: int, size: int, shift: int = 0) -> np.ndarray:
    """The token of each pixel of a square map, numbered window by window, after a cyclic shift: by explicit indices."""
    cells = np.zeros((side, side), int)
    for row in range(side):
        for column in range(side):
            down, right = (row - shift) % side, (column - shift) % side
            window = down // size * (side // size) + right // size
            cells[row, column] = window * size**2 + down % size * size + right % size
    return cells


def whole_matrix(layer: FlowLayer) -> np.ndarray:
    """The weights between all pixels of the map: (pixel, pixel)."""
    windows, tokens, _ = layer.weights.shape
    whole = np.zeros((windows * tokens,) * 2)
    for window in range(windows):
        for query in range(tokens):
            for key in range(tokens):
                whole[window * tokens + query, window * tokens + key] = layer.weights[window, query, key]
    order = np.arange(len(whole)) if layer.cells is None else layer.cells.flatten()
    return whole[order][:, order]


def test_rollout_is_the_product_of_the_layers_half_weights_and_half_identity():
    layers = [FlowLayer(average_heads(weights_of(1, 3, 5))) for _ in range(4)]
    product = np.eye(5)
    for layer in layers:
        mixed = np.zeros((5, 5))
        for query in range(5):
            for key in range(5):
                mixed[query, key] = 0.5 * layer.weights[0, query, key] + 0.5 * (query == key)
        product = mixed / mixed.sum(1, keepdims=True) @ product
    for query in range(5):
        row = roll_out(np.eye(5)[query], layers)
        assert row == pytest.approx(product[query])
        assert row.sum() == pytest.approx(1)


def test_relevance_adds_what_each_layer_hands_on_weighted_by_the_gradient():
    weights = [weights_of(1, 2, 4) for _ in range(3)]
    gradients = [DRAW.normal(size=each.shape) for each in weights]
    relevance = np.eye(4)
    for weight, gradient in zip(weights, gradients, strict=True):
        mean = np.zeros((4, 4))
        for head in range(2):
            for query in range(4):
                for key in range(4):
                    mean[query, key] += max(0, weight[0, head, query, key] * gradient[0, head, query, key]) / 2
        relevance = relevance + mean @ relevance
    layers = [FlowLayer(weigh_by_gradient(*each)) for each in zip(weights, gradients, strict=True)]
    for query in range(4):
        assert accumulate(np.eye(4)[query], layers) == pytest.approx(relevance[query])


@pytest.mark.parametrize("shift", [0, 2])
def test_rollout_through_windows_is_that_between_all_pixels_of_the_map(shift):
    layers = [FlowLayer(average_heads(weights_of(4, 2, 16)), grid_of_windows(8, 4, moved)) for moved in (0, shift)]
    product = np.eye(64)
    for layer in layers:
        product = (0.5 * whole_matrix(layer) + 0.5 * np.eye(64)) @ product
    pixel = 13
    start = np.zeros(64)
    start[layers[1].cells.flatten()[pixel]] = 1
    found = roll_out(start, layers)[layers[0].cells.flatten()]
    assert found == pytest.approx(product[pixel])


def test_a_merged_patch_gives_an_equal_share_to_each_of_its_four():
    fine, coarse = grid_of_windows(4, 2), np.repeat(np.repeat(np.arange(4).reshape(2, 2), 2, 0), 2, 1)
    row = DRAW.random(4)
    carried = carry(row, FlowLayer(np.ones((1, 4, 4)), coarse), FlowLayer(np.ones((4, 4, 4)), fine))
    for down in range(4):
        for right in range(4):
            assert carried[fine[down, right]] == pytest.approx(row[down // 2 * 2 + right // 2] / 4)


def test_the_class_token_is_handed_on_beside_the_pixels():
    cells = np.array([[1, 2]])
    layer, other = FlowLayer(np.ones((1, 3, 3)), cells), FlowLayer(np.ones((1, 3, 3)), cells[:, ::-1])
    assert carry(np.array([5.0, 1.0, 2.0]), layer, other).tolist() == [5, 2, 1]


def test_a_mask_that_hides_everything_leaves_numbers_that_are_not_finite():
    layer = FlowLayer(np.full((1, 2, 2), np.nan))
    assert np.isnan(roll_out(np.array([1.0, 0.0]), [layer])).all()


def test_layers_of_different_sequences_have_no_flow():
    with pytest.raises(DifferentTokens):
        roll_out(np.ones(4), [FlowLayer(np.ones((1, 3, 3))), FlowLayer(np.ones((1, 4, 4)))])
