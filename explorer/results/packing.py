"""A result as arrays and plain JSON, so that a worker can write it and a page read it without torch or pickle."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from explorer.text import Text

_PACKAGE = "explorer.results"


def pack(result: Any, place: str = "result") -> tuple[dict[str, np.ndarray], Any]:
    """Pack a result, or a tuple of them, as (arrays by name, a JSON document that refers to them).

    Raises TypeError for what is neither a result nor made of arrays, texts, numbers and tuples.

    >>> from explorer.results import Bars
    >>> arrays, document = pack(Bars("Odds", ("a", "b"), np.array([0.5, 0.5]), "probability"))
    >>> unpack(arrays, document).labels
    ('a', 'b')
    """
    arrays: dict[str, np.ndarray] = {}
    return arrays, _pack(result, place, arrays)


def _pack(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays[place] = np.asarray(value, order="C")
        return {"array": place}
    if isinstance(value, Text):
        return {"text": value.to_dict()}
    if is_dataclass(value) and type(value).__module__.startswith(_PACKAGE):
        return {"result": type(value).__name__,
                "fields": {field.name: _pack(getattr(value, field.name), f"{place}/{field.name}", arrays)
                           for field in fields(value)}}
    if isinstance(value, tuple):
        return {"tuple": [_pack(item, f"{place}/{index}", arrays) for index, item in enumerate(value)]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}  # which JSON has not
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be packed at {place}")


def in_words(document: Any, translate: Callable[[Text], str]) -> Any:
    """Put words in place of the texts of a packed result, for a browser.

    >>> in_words([{"text": Text("the loss").to_dict()}], str)
    ['the loss']
    """
    if isinstance(document, list):
        return [in_words(each, translate) for each in document]
    if not isinstance(document, dict):
        return document
    if "text" in document and len(document) == 1:
        return translate(Text.from_dict(document["text"]))
    return {name: in_words(each, translate) for name, each in document.items()}


def unpack(arrays: Mapping[str, np.ndarray], document: Any) -> Any:
    """Unpack what `pack` packed. Raises LookupError, TypeError, ValueError or AttributeError for anything else."""
    if not isinstance(document, dict):
        return document
    if "array" in document:
        return arrays[document["array"]]
    if "number" in document:
        return float(document["number"])
    if "text" in document:
        return Text.from_dict(document["text"])
    if "tuple" in document:
        return tuple(unpack(arrays, item) for item in document["tuple"])
    kind = getattr(sys.modules[_PACKAGE], document["result"])
    if not is_dataclass(kind):
        raise TypeError(f"{document['result']} is no result")
    return kind(**{name: unpack(arrays, value) for name, value in document["fields"].items()})
