"""The form of a message: arrays and one JSON document, packed as safetensors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from explorer.text import Text

VERSION = 1
_LENGTH_BYTES = 8  # of the header of safetensors

Translate = Callable[[str | Text], str]


@dataclass(frozen=True)
class Message:
    """One answer. body: None where there is nothing new; next_ms: ask again no sooner, as far as the run goes."""

    body: bytes | None
    next_ms: int


def pack_message(arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> bytes:
    """Pack arrays by name with a JSON document, in which no number may be NaN or infinite.

    >>> body = pack_message({"step": np.array([1, 2], np.int32)}, {"version": 1})
    >>> int.from_bytes(body[:8], "little") + 8 + 2 * 4 == len(body)
    True
    """
    document = json.dumps(meta, allow_nan=False)
    return save({name: np.asarray(values, order="C") for name, values in arrays.items()}, {"meta": document})


def unpack_message(body: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Unpack (arrays, JSON document). Raises SafetensorError, ValueError, TypeError or LookupError for anything else.

    >>> unpack_message(pack_message({}, {"version": 1}))
    ({}, {'version': 1})
    """
    arrays, length = load(body), int.from_bytes(body[:_LENGTH_BYTES], "little")
    return arrays, json.loads(json.loads(body[_LENGTH_BYTES:_LENGTH_BYTES + length])["__metadata__"]["meta"])
