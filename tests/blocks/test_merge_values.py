"""What merges make of numbers that one can add up by hand."""

from __future__ import annotations

import torch

from tests.blocks.building import built


def test_add_and_concat_take_any_number_of_inputs() -> None:
    a, b, c = torch.tensor([[1.0, 2]]), torch.tensor([[10.0, 20]]), torch.tensor([[100.0, 200]])
    assert built("add", (2,), (2,), (2,))(a, b, c).tolist() == [[111, 222]]
    assert built("concat", (2,), (2,), (2,))(a, b, c).tolist() == [[1, 2, 10, 20, 100, 200]]
    assert built("concat", (1, 2), (1, 2), dim=2)(a[None], b[None]).tolist() == [[[1, 2, 10, 20]]]
    assert a.tolist() == [[1, 2]]
