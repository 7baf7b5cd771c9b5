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
