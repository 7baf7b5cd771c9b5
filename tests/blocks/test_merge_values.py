"""What merges make of numbers that one can add up by hand."""

from __future__ import annotations

import pytest
import torch

from explorer.blocks import BLOCKS
from tests.blocks.building import built


def test_add_and_concat_take_any_number_of_inputs() -> None:
    a, b, c = torch.tensor([[1.0, 2]]), torch.tensor([[10.0, 20]]), torch.tensor([[100.0, 200]])
    assert built("add", (2,), (2,), (2,))(a, b, c).tolist() == [[111, 222]]
    assert built("concat", (2,), (2,), (2,))(a, b, c).tolist() == [[1, 2, 10, 20, 100, 200]]
    assert built("concat", (1, 2), (1, 2), dim=2)(a[None], b[None]).tolist() == [[[1, 2, 10, 20]]]
    assert a.tolist() == [[1, 2]]


def test_multiply_takes_equal_shapes_or_a_gate_for_each_channel() -> None:
    x = torch.arange(8.0).reshape(1, 2, 2, 2)
    multiply = built("multiply", (2, 2, 2), (2,))
    wanted = [[[0, 10], [20, 30]], [[-4, -5], [-6, -7]]]
    gate = torch.tensor([[10.0, -1.0]])
    for first, second in ((x, gate), (gate, x), (x, gate[..., None, None])):
        assert multiply(first, second)[0].tolist() == wanted
    assert multiply(x, x)[0, 1].tolist() == [[16, 25], [36, 49]]
    tokens = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    gates = torch.tensor([[1.0, 10.0], [2.0, 0.0]])  # by sample and feature
    assert multiply(tokens, gates).tolist() == [[[1, 20], [3, 40]], [[10, 0], [14, 0]]]


def test_a_scaled_residual_adds_its_branch_weighed_by_channel_or_feature() -> None:
    x, branch = torch.ones(1, 2, 1, 3), torch.full((1, 2, 1, 3), 2.0)
    merge = built("scaled_residual", (2, 1, 3), (2, 1, 3), init_value=0.25)
    assert merge(x, branch)[0].tolist() == [[[1.5] * 3]] * 2
    with torch.no_grad():
        merge.gamma.copy_(torch.tensor([1.0, 2.0]))
    assert merge(x, branch)[0].tolist() == [[[3] * 3], [[5] * 3]]
    tokens = built("scaled_residual", (2, 3), (2, 3))
    assert tokens.gamma.tolist() == pytest.approx([0.1] * 3)


@pytest.mark.parametrize(("block", "sign"), [("add", "+"), ("concat", "⧺"), ("multiply", "×"),
                                             ("scaled_residual", "+ γ·")])
def test_a_merge_shows_its_sign(block: str, sign: str) -> None:
    assert BLOCKS.get(block).sketch({}, ()).text == sign
