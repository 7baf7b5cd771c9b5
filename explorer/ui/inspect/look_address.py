"""The page's address, as far as it names what Inspect looks at; it needs no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.ui.session import state

VIEW = "view"  # the open tab
PARAMETER = "parameter"  # a weight whose gradient is followed
METHODS = "methods"  # of attribution, those that are side by side
BESIDE = "beside"  # the other side of the swipe: step-0, run-<id> or sample-3
_FIELDS = ("step", "sample", "inside", "node", "unit", PARAMETER, "of", METHODS, BESIDE, VIEW)
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_MOST_NUMBERS, _LONGEST = 6, 40


def forget_look() -> None:
    """Forget what was looked at, and what the page's address names of it: another run has other nodes and samples."""
    state.LOOK.clear()
    _write({VIEW: st.query_params.get(VIEW)})


def name_look(look: Mapping[str, Any], place: str | None) -> None:
    """Name what is looked at, and the open tab, in the page's address: one step of the browser's history."""
    sample, unit = (look.get("input") or {}).get("sample"), ",".join(map(str, look.get("unit") or ()))
    _write({"step": look.get("step"), "sample": sample, "inside": look.get("inside"), "node": look.get("node"),
            "unit": unit, PARAMETER: look.get(PARAMETER), "of": look.get("of"), METHODS: look.get(METHODS),
            BESIDE: _name_beside(look), VIEW: place})


def _write(values: Mapping[str, Any]) -> None:
    named = {name: str(values[name]) for name in _FIELDS if values.get(name) not in (None, "")}
    others = {name: st.query_params[name] for name in st.query_params if name not in _FIELDS}
    if dict(st.query_params) != others | named:
        st.query_params.from_dict(others | named)
    state.ADDRESS.value = named


def has_moved() -> bool:
    """Check whether the address names something else than it was written to: the browser went back or forward."""
    named = {name: st.query_params[name] for name in _FIELDS if name in st.query_params}
    before, state.ADDRESS.value = state.ADDRESS.value, named
    return before is not None and before != named


def sample_input(place: int) -> dict[str, Any]:
    """Return a test sample, by its place, as the browser's look has it."""
    return {"sample": place, "hash": None, "tokens": None, "edited": None, "name": ""}


def look_in_address(steps: Sequence[int]) -> dict[str, Any]:
    """Read what the address names. What is not well-formed is left aside; views explain which unit does not exist."""
    given, found = st.query_params, {}
    step, sample = _whole(given.get("step")), _whole(given.get("sample"))
    if step is not None:
        found["step"] = max((each for each in steps if each <= step), default=steps[0])
    if sample is not None:
        found["input"] = sample_input(sample)
    found["unit"] = _unit(given.get("unit", ""))
    return found | {name: given.get(name, "")[:400] for name in ("inside", "node", PARAMETER, "of", METHODS)}


def not_there(look: Mapping[str, Any], steps: Sequence[int]) -> list[str]:
    """List what the address names that cannot be looked at, as it is written there."""
    given, beside = st.query_params, look["beside"]
    is_there = {"step": _whole(given.get("step")) in steps, "sample": _whole(given.get("sample")) is not None,
                "unit": _unit(given.get("unit", "")) is not None,
                BESIDE: bool(beside) and (beside["run"] != look["run"] or beside["step"] in steps)}
    return [f"{name}={given[name][:_LONGEST]}" for name, found in is_there.items() if given.get(name) and not found]


def _unit(written: str) -> list[int] | None:
    unit = [_whole(part) for part in written.split(",")][:_MOST_NUMBERS]
    return None if None in unit else unit


def _name_beside(look: Mapping[str, Any]) -> str:
    """Name the other side by what alone differs there; one that no address can name is left out."""
    other = look.get("beside")
    if not other:
        return ""
    if other.get("run") != look.get("run"):
        return f"run-{other.get('run')}"
    if other.get("input") == look.get("input") and other.get("changes") == look.get("changes"):
        return f"step-{other.get('step')}" if other.get("edits") == look.get("edits") else ""
    sample = (other.get("input") or {}).get("sample")
    return "" if sample is None or other.get("changes") else f"sample-{sample}"


def beside_in_address(look: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the other side that the address names, else None; all else there is as `look` has it."""
    kind, _dash, value = st.query_params.get(BESIDE, "").partition("-")
    own = {name: look[name] for name in ("run", "step", "input", "changes", "edits")}
    if kind == "run" and _RUN_ID.fullmatch(value):
        return {**own, "run": value, "edits": []}
    if (number := _whole(value)) is None:
        return None
    return {"step": {**own, "step": number}, "sample": {**own, "input": sample_input(number), "changes": {}}}.get(kind)


def _whole(words: str | None) -> int | None:
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 16 else None
