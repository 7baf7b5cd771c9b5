"""A session remembers many costly values, and no more than it has room for."""

from __future__ import annotations

import numpy as np

from explorer.results import Bars, ImageGrid
from explorer.ui.session.bounded_memory import BoundedMemory


def grid(values: int) -> ImageGrid:
    return ImageGrid("x", np.zeros((values, 1, 1), np.float32), False)


def test_the_least_recently_used_goes_once_there_are_too_many():
    memory = BoundedMemory(max_values=2)
    memory["a"], memory["b"] = "1", "2"
    assert memory.get("a") == "1"
    memory["c"] = "3"
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == ("1", None, "3")


def test_arrays_are_counted_wherever_they_are_and_the_oldest_go_once_they_are_too_large():
    memory = BoundedMemory(max_bytes=1000)
    memory["a"] = (grid(100), Bars("x", ("a",), np.zeros(1), "y"))
    assert memory.size_bytes == 408
    memory["b"], memory["c"] = [grid(100)], grid(100)
    assert memory.get("a") is None and len(memory) == 2


def test_a_value_larger_than_the_room_stays_until_the_next():
    memory = BoundedMemory(max_bytes=1000)
    memory["large"] = grid(1000)
    assert memory.get("large") is not None
    memory["next"] = grid(1)
    assert memory.get("large") is None and memory.size_bytes == 4


def test_a_value_replaced_is_counted_once():
    memory = BoundedMemory()
    memory["a"] = grid(10)
    memory["a"] = grid(20)
    assert memory.size_bytes == 80 and len(memory) == 1
