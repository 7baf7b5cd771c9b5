"""Costly values of a session, many at a time: the least recently used go once there are too many, or too large."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

MAX_VALUES, MAX_BYTES = 48, 24_000_000


class BoundedMemory:
    """Values by key, within a count and a size; the newest stays even where it alone is larger."""

    def __init__(self, max_values: int = MAX_VALUES, max_bytes: int = MAX_BYTES) -> None:
        self._max_values, self._max_bytes = max_values, max_bytes
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays of all values."""
        return sum(size for _value, size in self._kept.values())

    def get(self, key: Hashable) -> Any | None:
        """Return the value of this key, which becomes the most recent; None where there is none."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def values(self) -> list[Any]:
        """List the values, the most recent last."""
        return [value for value, _size in self._kept.values()]

    def __setitem__(self, key: Hashable, value: Any) -> None:
        self._kept[key] = value, sum(array.nbytes for array in _arrays_in(value))
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and (len(self._kept) > self._max_values or self.size_bytes > self._max_bytes):
            self._kept.popitem(last=False)


def _arrays_in(value: Any) -> Iterator[np.ndarray]:
    """Yield every array of a value, through tuples and dataclasses."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _arrays_in(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _arrays_in(getattr(value, field.name))
