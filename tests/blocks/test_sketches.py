"""What a block shows of itself is something that can be drawn, also of settings and inputs that it refuses."""

from __future__ import annotations

import math
from typing import Any

import pytest

from explorer.blocks import BLOCKS, Block, Signal
from explorer.blocks.sketch import MAX_CELLS, Curve, Grid, Matrix, Sketch, Symbol
from tests.blocks.test_block_registry import SHAPES, Case, tried


def sketch_of(block: Block, params: dict[str, Any], *shapes: tuple[int, ...]) -> Sketch | None:
    known = {spec.name: params.get(spec.name, spec.default) for spec in block.params}
    return block.sketch(known, shapes * len(block.inputs) if len(shapes) == 1 else shapes)


def assert_drawable(sketch: Sketch) -> None:
    match sketch:
        case Symbol(sign):
            assert sign
        case Curve(x, y):
            assert 0 < len(x) == len(y) and all(map(math.isfinite, (*x, *y)))
        case Matrix(cells):
            assert 0 < len(cells) <= MAX_CELLS and 0 < len(cells[0]) <= MAX_CELLS
            assert all(0 <= cell <= 1 for row in cells for cell in row)
        case Grid(rows, columns):
            assert rows >= 1 and columns >= 1


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_the_sketch_of_what_it_refuses_is_none_or_can_be_drawn(block: Block) -> None:
    for case in [*tried(block), *(Case(block, {}, (Signal(shape),)) for shape in SHAPES)]:
        try:
            sketch = sketch_of(block, case.params, *(signal.shape for signal in case.signals))
        except (ArithmeticError, LookupError, TypeError, ValueError):  # no sketch, where the canvas asks
            continue
        if sketch is not None:
            assert_drawable(sketch)


@pytest.mark.parametrize("name", ["patch_embedding", "window_partition", "swin_block", "swin_block_pair"])
def test_a_map_that_squares_do_not_tile_shows_no_cuts(name: str) -> None:
    block, size = BLOCKS.get(name), "patch_size" if name == "patch_embedding" else "window_size"
    assert sketch_of(block, {size: 7}, (8, 14, 28)) == Grid(2, 4)
    for refused in (5, 20, 100):
        assert sketch_of(block, {size: refused}, (8, 14, 28)) is None
