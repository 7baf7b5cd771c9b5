"""What blocks say that one output pixel sees is what its gradient reaches."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
import torch

from explorer import network
from explorer.blocks import BLOCKS, UNKNOWN, Block, Reach
from tests.blocks.test_block_registry import Case, accepted
from tests.network.test_receptive_field import assert_it_sees_what_it_says, conv, stack

SIZE = 31
SEEING: list[tuple[str, dict[str, Any]]] = [
    ("depthwise_conv2d", {"dilation": 2, "padding": 1, "multiplier": 2}),
    ("separable_conv2d", {"kernel_size": (3, 5), "stride": 2, "padding": (1, 0)}),
    ("conv_transpose2d", {"kernel_size": (3, 4), "stride": 1, "padding": (2, 1), "dilation": (1, 2)}),
    ("crop", {"size": (10, 11)}),
    ("crop", {"size": 12, "position": "offset", "offset": (3, 7)}),
]


@pytest.mark.parametrize(("block", "params"), SEEING, ids=[block for block, _ in SEEING])
def test_it_sees_what_its_gradient_reaches(block: str, params: dict[str, Any]) -> None:
    assert_it_sees_what_it_says(stack(conv(), (block, params), conv(stride=2, padding=1), size=SIZE), SIZE)


@pytest.mark.parametrize(("block", "params"), [("conv_transpose2d", {"stride": 2}), ("upsample2d", {})])
def test_what_changes_from_pixel_to_pixel_is_not_said(block: str, params: dict[str, Any]) -> None:
    known = {spec.name: params.get(spec.name, spec.default) for spec in BLOCKS.get(block).params}
    assert BLOCKS.get(block).sees(known, (3, 8, 8)) == UNKNOWN


def rows_reached(case: Case) -> list[tuple[int, ...]]:
    """For each row of the output, the rows of the first input that its gradient reaches."""
    torch.manual_seed(0)
    model = network.build(case.net).double().eval()
    inputs = [torch.randn(1, *signal.shape, dtype=torch.float64, requires_grad=True) for signal in case.signals]
    out = model(*inputs)
    out = (out[0] if isinstance(out, tuple) else out)[0]
    if not out.requires_grad:  # a step lets no gradient through
        return []
    out = out * torch.randn_like(out)
    rows = [out[..., row, :].sum() for row in range(out.shape[-2])] if out.dim() > 1 else [out.sum()]
    found = []
    for row in rows:
        (gradient,) = torch.autograd.grad(row, inputs[0], retain_graph=True, allow_unused=True)
        alive = torch.zeros(1) if gradient is None else gradient[0].nan_to_num().abs().sum(-1)
        found.append(tuple(alive.reshape(-1, alive.shape[-1]).sum(0).nonzero().flatten().tolist()))
    return found


def of_tokens() -> list[Block]:
    return [block for block in BLOCKS if not block.is_composite and any(
        len(case.signals[0].shape) == 2 and case.signals[0].dtype == "float32" for case in accepted(block.name))]


@pytest.mark.parametrize("block", of_tokens(), ids=lambda block: block.name)
def test_its_reach_among_tokens_is_that_of_its_gradients(block: Block) -> None:
    for case in accepted(block.name):
        shape = case.signals[0].shape
        if len(shape) != 2:
            continue
        params = {spec.name: case.params.get(spec.name, spec.default) for spec in block.params}
        reach, rows = block.reach(params, shape), rows_reached(case)
        if reach is Reach.OWN:
            assert all(len(row) <= 1 for row in rows), case
            assert [*chain.from_iterable(rows)] == sorted(set(chain.from_iterable(rows))), case
        if reach is Reach.ALL and block.inputs[0] != "query":  # a query sees all keys
            assert all(row == tuple(range(shape[0])) for row in rows), case
