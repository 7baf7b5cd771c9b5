import math

import numpy as np
import pytest

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


@pytest.mark.parametrize(("share", "whole"), [(0.99998, 100), (0.606, 61), (0.1, 10), (0.0, 0), (1.0, 100)])
def test_whole_percents_keep_their_zeros(share, whole):
    assert format_percent(share, whole=True) == f"{whole}\N{NO-BREAK SPACE}%"
