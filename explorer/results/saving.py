"""Results as a file of named arrays, to go on with in NumPy."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

_NAMES = ("address", "node", "quantity", "name", "title")  # fields that name a result, the first that is there


def save_npz(results: Sequence[Any]) -> bytes:
    """Pack every array of some results into an .npz file, each by what it is of; empty ones are left out.

    >>> from explorer.results import ImageGrid
    >>> file = np.load(io.BytesIO(save_npz([ImageGrid("conv1", np.ones((6, 2, 2)), signed=True)])))
    >>> file["conv1.values"].shape
    (6, 2, 2)
    """
    named: dict[str, np.ndarray] = {}
    alone = len(results) == 1 and not _name_of(results[0])
    for name, values in _arrays(results[0] if alone else tuple(results), ""):
        if values.size:
            named[name if name not in named else f"{name}.{len(named)}"] = values
    file = io.BytesIO()
    np.savez_compressed(file, **named)
    return file.getvalue()


def _arrays(value: Any, path: str) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _arrays(item, _joined(path, _name_of(item) or str(place)))
    elif is_dataclass(value):
        for field in fields(value):
            yield from _arrays(getattr(value, field.name), _joined(path, field.name))


def _name_of(value: Any) -> str:
    """Return the name that a result has for itself, as text: a key of the file is no place to translate."""
    names = (getattr(value, name, "") for name in _NAMES) if is_dataclass(value) else ()
    return next((str(name).replace("/", ".") for name in names if name), "")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
