"""Sentences and the numbers in them."""

from __future__ import annotations

import copy
import pickle

import pytest

from explorer.formatting import format_bytes, format_count, format_shape
from explorer.text import text


@pytest.mark.parametrize(("count", "shown"), [
    (0, "0"), (7, "7"), (61_706, "61,706"), (99_999, "99,999"), (100_000, "0.10 M"), (416_520, "0.42 M"),
    (4_140_000, "4.14 M"), (25_557_032, "25.6 M"), (999_900_000, "999.9 M"), (1e9, "1.00 G"),
    (10_250_000_000, "10.2 G"),
    (3.2e12, "3.20 T"), (1e40, "1e+40"),
])
def test_a_count_is_written_with_no_more_digits_than_mean_something(count: float, shown: str) -> None:
    assert format_count(count) == shown


@pytest.mark.parametrize(("shape", "shown"),
                         [((), "1"), ((10,), "10"), ((6, 28, 28), "6×28×28"), ((1, 10_000), "1×10,000")])
def test_a_shape_is_written_with_a_times_sign(shape: tuple[int, ...], shown: str) -> None:
    assert format_shape(shape) == shown


@pytest.mark.parametrize(("size", "shown"), [
    (12, "12 B"), (999, "999 B"), (5_000, "5.00 kB"), (99_960, "100 kB"), (246_824, "247 kB"), (999_600, "1.00 MB"),
    (117e6, "117 MB"), (1.5e9, "1.50 GB")])
def test_a_size_is_written_in_the_unit_that_fits(size: float, shown: str) -> None:
    assert format_bytes(size) == shown


def test_a_template_is_translated_before_its_values_are_put_in() -> None:
    sentence = text("{name} has {count:,} parameters.{hint}", name="{x}", count=1234, hint=text(" Big."))
    german = {"{name} has {count:,} parameters.{hint}": "{hint} {count:,} Parameter hat {name}.", " Big.": "Viel."}
    assert str(sentence) == "{x} has 1,234 parameters. Big."
    assert sentence.render(german.__getitem__) == "Viel. 1,234 Parameter hat {x}."


def test_a_sentence_is_equal_to_its_copies_and_can_be_pickled() -> None:
    sentence = text("{shape} is flat.", shape=(3, 4))
    for twin in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence)), text("{shape} is flat.", shape=(3, 4))):
        assert twin == sentence
        assert hash(twin) == hash(sentence)
    assert sentence != text("{shape} is flat.", shape=(4, 3))
