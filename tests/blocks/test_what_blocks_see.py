"""What blocks say that one output pixel sees is what its gradient reaches."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.blocks import BLOCKS, UNKNOWN
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
