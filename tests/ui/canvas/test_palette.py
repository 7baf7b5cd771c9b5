"""The palette: every block once in its family, what is used most above, and the names that people search by."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.blocks import BLOCKS
from explorer.blocks.sketch import Curve, Grid, Matrix, Sketch, Symbol
from explorer.document import Network
from explorer.figures import Theme
from explorer.ui.canvas.palette import OTHER_NAMES, shelves
from explorer.ui.canvas.sketch import describe_sketch
from explorer.ui.canvas.sketch_drawing import sketch_svg
from explorer.workspace.block_store import BlockStore

NONE_KEPT = BlockStore(Path("nowhere"), "")


def test_every_block_stands_once_and_only_what_is_used_most_is_unfolded():
    families = [shelf for shelf in shelves(Network(), NONE_KEPT) if not shelf.repeated]
    listed = [kind.block for shelf in families for kind in shelf.kinds]
    assert sorted(listed) == sorted(name for name in BLOCKS.names() if name != "composite")
    assert [shelf.title for shelf in shelves(Network(), NONE_KEPT) if shelf.is_open] == ["Most used"]


def test_the_parts_of_attention_stand_below_the_wholes():
    titles = [shelf.title for shelf in shelves(Network(), NONE_KEPT)]
    assert titles.index("Parts of attention") == titles.index("Attention") + 1


def test_other_names_are_those_of_blocks_that_there_are():
    assert set(OTHER_NAMES) <= set(BLOCKS.names())


@pytest.mark.parametrize(("sketch", "words"), [
    (Symbol("+"), "sign: +"),
    (Curve((-1.0, 0.0, 1.0), (-0.0, 0.0, 1.0)), "curve: 0 at -1, 0 at 0, 1 at 1"),
    (Matrix(((1, 1), (1, 1)), "query", "key"), "mask: each query attends to every key"),
    (Matrix(((1, 0), (1, 1)), "query", "key", 8),
     "mask: each query attends to its own key and those before it; 8 heads"),
    (Matrix(((1, 0), (0, 1)), "query", "key"), "mask: 50 % of the pairs of query and key are allowed"),
    (Grid(2, 3), "cut into 2×3 parts"),
    (Grid(2, 2, (0.5, 0.5)), "cut into 2×2 parts, shifted down by 50 % and right by 50 % of a part"),
])
def test_a_sketch_is_shown_in_words(sketch: Sketch, words: str):
    assert describe_sketch(sketch) == words


def test_sketches_are_drawn_with_their_axes_named():
    assert "key" in sketch_svg(Matrix(((1.0, 0.0),), "query", "key"), Theme())
    assert "output" in sketch_svg(Curve((-1.0, 1.0), (0.0, 1.0)), Theme())
    assert "3 columns" in sketch_svg(Grid(2, 3, (0.5, 0.0)), Theme())
