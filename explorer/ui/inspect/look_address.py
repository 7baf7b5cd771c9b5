"""The page's address, which the browser writes, as far as it names what Inspect looks at; it needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from explorer.ui.session import state

_FIELDS = ("step", "sample", "inside", "node", "unit")
_MOST_NUMBERS = 6


def forget_look() -> None:
    """Forget what was looked at, and what the page's address names of it: another run has other nodes and samples."""
    state.LOOK.clear()
    for name in _FIELDS:
        st.query_params.pop(name, None)


def sample_input(place: int) -> dict[str, Any]:
    """Return a test sample, by its place, as the browser's look has it."""
    return {"sample": place, "hash": None, "tokens": None, "name": ""}


def look_in_address(steps: Sequence[int]) -> dict[str, Any]:
    """Read what the address names. What is not well-formed is left aside; views explain what does not exist."""
    given, found = st.query_params, {}
    step, sample = _whole(given.get("step")), _whole(given.get("sample"))
    if step is not None:
        found["step"] = max((each for each in steps if each <= step), default=steps[0])
    if sample is not None:
        found["input"] = sample_input(sample)
    unit = [_whole(part) for part in given.get("unit", "").split(",")][:_MOST_NUMBERS]
    found["unit"] = None if None in unit else unit
    return found | {name: given.get(name, "")[:400] for name in ("inside", "node")}


def _whole(words: str | None) -> int | None:
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 16 else None
