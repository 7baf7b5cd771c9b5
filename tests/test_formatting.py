import math

import numpy as np
import pytest

from explorer.charts.smooth import smooth
from explorer.formatting import format_number, format_percent, with_unit


@pytest.mark.parametrize(("value", "words"), [
    (61706, "61,706"), (np.int64(1234567), "1,234,567"), (0.12345, "0.1235"), (0.5, "0.5"), (12345.678, "12,350"),
    (9.99999, "10"), (-2.5, "−2.5"), (0.0, "0"), (-0.0, "0"), (1.2345e-5, "1.234×10⁻⁵"), (4.07e17, "4.07×10¹⁷"),
    (2e-10, "2×10⁻¹⁰"), (math.nan, "NaN"), (-math.inf, "−∞"), (100.0, "100"), (0.0001234, "0.0001234")])
def test_a_number_has_four_significant_digits_and_separated_thousands(value, words):
    assert format_number(value) == words


def test_a_unit_follows_its_number():
    assert with_unit(12.5, "ms") == "12.5 ms"
    assert with_unit(50.0, "%") == "50%"


def test_smoothing_gives_the_debiased_average_worked_by_hand():
    # m1 = .5·2 = 1, m2 = .5·1 + .5·4 = 2.5, m3 = .5·2.5 + .5·8 = 5.25, over 1 - .5^t
    np.testing.assert_allclose(smooth(np.array([2.0, 4.0, 8.0]), 0.5), [2.0, 2.5 / 0.75, 5.25 / 0.875])


def test_smoothing_keeps_a_constant_and_leaves_gaps_open():
    np.testing.assert_allclose(smooth(np.array([3.0, np.nan, 3.0]), 0.9), [3.0, np.nan, 3.0])
    with pytest.raises(ValueError, match="weight"):
        smooth(np.zeros(2), 1.0)


@pytest.mark.parametrize(("share", "whole"), [(0.99998, 100), (0.606, 61), (0.1, 10), (0.0, 0), (1.0, 100)])
def test_whole_percents_keep_their_zeros(share, whole):
    assert format_percent(share, whole=True) == f"{whole}\N{NO-BREAK SPACE}%"
