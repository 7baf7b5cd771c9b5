"""Measurements in a file, for all blocks and inputs of the zoo's networks.

PyTorch's meta device takes 4 to 5 s to start in a process; the networks of the zoo open and train without it.
`python -m explorer costs` writes the file; a test compares it with the meta device.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from explorer.blocks import Signal

KNOWN_FILE = Path(__file__).with_name("known.json")

_only: ContextVar[bool] = ContextVar("known_only", default=False)

Numbers = tuple[tuple[Signal, ...], int, int]  # the signals that come out, parameters, multiply-adds for one sample


class NotKnown(LookupError):
    """A measurement that is not in the file, where no other is allowed."""


@contextmanager
def known_only() -> Iterator[None]:
    """Have measurements that are not in the file raise NotKnown, in this thread, instead of being made."""
    token = _only.set(True)
    try:
        yield
    finally:
        _only.reset(token)


def look_up(block: str, params: Mapping[str, Any], signals: tuple[Signal, ...]) -> Numbers | None:
    """Look up the measurement of this block on these inputs, or None. Raises NotKnown within `known_only`."""
    found = _known().get(key_of(block, params, signals))
    if found is None and _only.get():
        raise NotKnown(block)
    if found is None:
        return None
    out, parameters, multiply_adds = found
    return tuple(Signal(tuple(shape), dtype) for shape, dtype in out), parameters, multiply_adds


def write(measurements: Mapping[str, Numbers]) -> None:
    """Replace the file. measurements: by `key_of`."""
    lines = (f"{json.dumps(key)}: {json.dumps([[[s.shape, s.dtype] for s in out], parameters, multiply_adds])}"
             for key, (out, parameters, multiply_adds) in sorted(measurements.items()))
    KNOWN_FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def key_of(block: str, params: Mapping[str, Any], signals: tuple[Signal, ...]) -> str:
    return json.dumps([block, dict(params), [[signal.shape, signal.dtype] for signal in signals]])


@cache
def _known() -> dict[str, list[Any]]:
    return json.loads(KNOWN_FILE.read_text(encoding="utf-8"))
