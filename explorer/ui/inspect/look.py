"""The look of Inspect, as the session knows it: the browser's own, once it has settled; and the page's address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.inspection.asked import Asked
from explorer.probes.probe import PLACES
from explorer.spec import BadValue
from explorer.training import Run
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.fields import fill

_FIELDS = ("step", "sample", "inside", "node", "unit")  # in the page's address
_MOST_NUMBERS = 6


def first_look(run: Run, steps: Sequence[int]) -> dict[str, Any]:
    """Return the look that the browser begins with: the one it had last, else what the page's address names."""
    look = {"step": steps[-1], "input": _sample(0), "changes": {}, "against": None, "shown": "first", "inside": "",
            "node": "", "unit": None}
    known = state.LOOK.value
    look |= known if known and known.get("run") == run.id else _from_address(steps)
    look["input"] = {**look["input"], "pixels": None}
    if look["against"]:
        look["against"] = {**look["against"], "input": {**look["against"]["input"], "pixels": None}}
    return look | {"run": run.id, "steps": list(steps)}


def keep_look(settled: Mapping[str, Any]) -> None:
    """Keep what the browser looks at now, and name it in the page's address. What is not well-formed is left aside."""
    try:
        asked_of(settled)
    except BadValue:
        return
    state.LOOK.value = dict(settled)
    name_in_address()


def asked_of(look: Mapping[str, Any]) -> Asked:
    """Make the question about a look, for the parts that Python draws. Raises BadValue."""
    def one(part: Mapping[str, Any]) -> dict[str, Any]:
        given = part.get("input")
        return {**(given if isinstance(given, Mapping) else {}), "changes": part.get("changes") or {}}

    against, shown = look.get("against"), look.get("shown")
    first = against if against and shown == "second" else look
    return Asked.of({"step": look.get("step"), "input": one(first), "inside": look.get("inside", ""),
                     "against": one(against) if against and shown == "difference" else None})


def name_in_address() -> None:
    """Have the page's address name the step, the sample, the node and the unit."""
    look = state.LOOK.value or {}
    values = {"step": look.get("step"), "sample": (look.get("input") or {}).get("sample"), "inside": look.get("inside"),
              "node": look.get("node"), "unit": ",".join(map(str, look.get("unit") or ()))}
    for name in _FIELDS:
        if values[name] in (None, ""):
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(values[name])


def open_place(place: str) -> None:
    """Go to a tab of the page, by its name in the registry of places."""
    if place in PLACES:
        fill("places", _(PLACES[place]))


def _sample(place: int) -> dict[str, Any]:
    return {"sample": place, "hash": None, "tokens": None, "name": ""}


def _from_address(steps: Sequence[int]) -> dict[str, Any]:
    """Read what the address names. What is not well-formed is left aside; views explain what does not exist."""
    given, found = st.query_params, {}
    step, sample = _whole(given.get("step")), _whole(given.get("sample"))
    if step is not None:
        found["step"] = max((each for each in steps if each <= step), default=steps[0])
    if sample is not None:
        found["input"] = _sample(sample)
    unit = [_whole(part) for part in given.get("unit", "").split(",")][:_MOST_NUMBERS]
    found["unit"] = None if None in unit else unit
    return found | {name: given.get(name, "")[:400] for name in ("inside", "node")}


def _whole(words: str | None) -> int | None:
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 16 else None
