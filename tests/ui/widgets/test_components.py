"""What the components' Python makes of arrays on their way out and of values on their way in."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from explorer.results import ImageGrid
from explorer.text import text
from explorer.ui.language import _
from explorer.ui.widgets.components.browser_key import check_browser_key
from explorer.ui.widgets.components.map_grid import Pick, check_pick
from explorer.ui.widgets.components.map_grid.pack import choose_shown, finite_limit, pack_rows


def test_values_travel_bit_by_bit():
    values = np.random.default_rng(0).normal(size=(3, 5, 7)).astype(np.float32)
    message = pack_rows([ImageGrid("a", values, True), ImageGrid("é×", values[:1], False)])
    length = struct.unpack("<I", message[:4])[0]
    header = json.loads(message[4 : 4 + length])
    sent = np.frombuffer(message[4 + length :], "<f4")
    assert length % 4 == 0
    assert [row["title"] for row in header["rows"]] == ["a", "é×"]
    assert np.array_equal(sent, np.concatenate([values.ravel(), values[0].ravel()]))


@pytest.mark.parametrize(
    ("shape", "shown", "step"),
    [
        ((6, 28, 28), (6, 28, 28), 1),
        ((64, 64, 64), (64, 64, 64), 1),
        ((512, 7, 7), (64, 7, 7), 1),
        ((1, 224, 224), (1, 56, 56), 4),
        ((1, 65, 3), (1, 33, 2), 2),
        ((84, 1, 1), (1, 1, 84), 1),
        ((1, 1, 6400), (1, 1, 1024), 1),
        ((3, 1, 9), (3, 1, 9), 1),
        ((0, 4, 4), (0, 4, 4), 1),
    ],
)
def test_what_is_shown_of_a_shape(shape, shown, step):
    result = choose_shown(np.zeros(shape, np.float32))
    assert (result.values.shape, result.step) == (shown, step)
    assert bool(result.notes) == (np.prod(shown) < np.prod(shape))


def test_an_array_of_another_rank_is_refused_in_words():
    with pytest.raises(ValueError, match="map, height, width"):
        choose_shown(np.zeros((3, 3)))


def test_the_limit_overlooks_what_is_not_finite():
    assert finite_limit(np.array([np.nan, np.inf, -3.0, 2.0])) == 3.0
    assert finite_limit(np.array([np.nan])) == 1.0
    assert finite_limit(np.zeros(3)) == 1.0


def test_a_pick_outside_of_the_rows_is_no_pick():
    shapes = [(2, 3, 4)]
    assert check_pick({"row": 0, "map": 1, "y": 2, "x": 3}, shapes) == Pick(0, 1, 2, 3)
    wrong = ({"row": 1}, {"map": 2}, {"y": -1}, {"x": 4}, {"x": 1.5}, {"x": True}, {"x": None}, {"row": "0"})
    assert all(check_pick({"row": 0, "map": 0, "y": 0, "x": 0, **one}, shapes) is None for one in wrong)
    assert check_pick("pick", shapes) is None


def test_only_a_key_is_a_key():
    assert check_browser_key("0123456789abcdef" * 2) == "0123456789abcdef" * 2
    for wrong in (None, 5, "", "../" * 10 + "ab", "0123456789ABCDEF" * 2, "a" * 33, "a" * 32 + "\n"):
        assert check_browser_key(wrong) is None


def test_english_is_the_language_where_no_other_was_chosen():
    assert _("{n} maps", n=3) == "3 maps"
    assert _("height {y}") == "height {y}"
    assert _(text("{n:,} units", n=5000)) == "5,000 units"
    assert _("") == ""
