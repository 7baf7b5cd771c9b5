"""Linear layers and other forms of the same numbers, by hand."""

from __future__ import annotations

import pytest
import torch

from tests.blocks.building import built


def test_input_and_identity_pass_on_what_they_get() -> None:
    x = torch.randn(2, 3)
    assert torch.equal(built("input")(x), x)
    assert torch.equal(built("identity", (3,))(x), x)


def test_linear_is_the_weighted_sum_plus_bias() -> None:
    linear = built("linear", (2,), out_features=1)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[2.0, -3.4]]))
        linear.bias.fill_(4.2)
    assert linear(torch.tensor([[1.0, 1.0], [0.0, 2.0]])).flatten().tolist() == pytest.approx([2.8, -2.6])


def test_flatten_goes_channel_by_channel_row_by_row() -> None:
    x = torch.arange(12.0).reshape(1, 2, 2, 3)
    assert built("flatten", (2, 2, 3))(x).tolist() == [list(range(12))]


def test_flatten_can_keep_its_first_axes() -> None:
    x = torch.arange(12.0).reshape(1, 2, 2, 3)
    assert built("flatten", (2, 2, 3), start_dim=2)(x).tolist() == [[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]]
    assert built("flatten", (2, 2, 3), end_dim=2)(x).shape == (1, 4, 3)


def test_reshape_fills_the_same_numbers_in_their_order() -> None:
    x = torch.arange(12).reshape(2, 6)
    assert built("reshape", (6,), shape=(3, 2))(x)[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert built("reshape", (6,), shape=(2, -1))(x)[1].tolist() == [[6, 7, 8], [9, 10, 11]]
    assert built("reshape", (2, 3))(x.reshape(2, 2, 3)).tolist() == x.tolist()


def test_permute_moves_axes_and_no_number_leaves_its_sample() -> None:
    x = torch.arange(12).reshape(2, 2, 3)
    assert built("permute", (2, 3))(x)[1].tolist() == [[6, 9], [7, 10], [8, 11]]
    last = built("permute", (2, 4, 5), dims=(2, 3, 1))(torch.arange(40).reshape(1, 2, 4, 5))
    assert last.shape == (1, 4, 5, 2)
    assert last[0, 1, 2].tolist() == [7, 27]


def test_crop_keeps_the_middle_or_what_lies_at_its_offset() -> None:
    x = torch.arange(20.0).reshape(1, 1, 4, 5)
    assert built("crop", (1, 4, 5), size=(2, 1))(x)[0, 0].tolist() == [[7], [12]]
    assert built("crop", (1, 4, 5), size=2, position="offset", offset=(2, 3))(x)[0, 0].tolist() == [[13, 14], [18, 19]]


def test_token_pooling_takes_one_token_or_all_together() -> None:
    x = torch.tensor([[[1.0, 8.0], [2.0, -6.0], [6.0, 1.0]]])
    for pool, row in {"class": [1, 8], "last": [6, 1], "mean": [3, 1], "max": [6, 8]}.items():
        assert built("token_pooling", (3, 2), pool=pool)(x).tolist() == [row]
