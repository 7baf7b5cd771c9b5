"""The smallest strength that flips an answer, against the threshold that is known."""

from __future__ import annotations

import pytest

from explorer.intervention.smallest_change import smallest_that_flips

STRENGTHS = [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("threshold", [1e-9, 0.1, 0.25, 0.31, 0.5, 0.74, 1.0])
def test_the_strength_found_flips_and_lies_within_the_last_halving_of_the_threshold(threshold):
    found = smallest_that_flips(lambda strength: strength >= threshold, STRENGTHS)
    assert threshold <= found <= threshold + 0.25 / 2**6


def test_none_is_found_where_nothing_flips():
    assert smallest_that_flips(lambda strength: False, STRENGTHS) is None


def test_a_flip_that_is_taken_back_at_larger_strengths_is_found():
    assert 0.4 <= smallest_that_flips(lambda strength: 0.4 <= strength < 0.6, STRENGTHS) <= 0.41


@pytest.mark.parametrize("threshold", [0.1, 0.8, 2.0])
def test_the_progress_grows_to_the_whole(threshold):
    shares = []
    smallest_that_flips(lambda strength: strength >= threshold, STRENGTHS, report=shares.append)
    assert shares == sorted(shares) and shares[-1] <= 1
    assert threshold > 1 or shares[-1] == pytest.approx(1)
