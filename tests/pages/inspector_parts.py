"""The parts of Inspect that the browser fills: what each was asked to show, and what it would get from the server."""

from __future__ import annotations

from typing import Any

from live_parts import parts_of
from streamlit.testing.v1 import AppTest

from explorer.inspection import Answer
from explorer.live.message import unpack_message
from explorer.results.packing import unpack
from explorer.training import RunStore
from explorer.ui.app import inspect_route
from explorer.ui.inspect import look


def inspector_parts(at: AppTest) -> dict[str, dict[str, Any]]:
    """The data of every part by its kind and probe, such as "answer/probabilities"."""
    return {f"{part['part']}/{part['probe']}".rstrip("/"): part for part in parts_of(at, "layerscope_inspector")}


def look_at(at: AppTest, **patch: Any) -> AppTest:
    """Have the browser look at something else, and the page run as it does then."""
    at.session_state["look"] = {**at.session_state["look"], **patch}
    return at.run()


def sample(place: int) -> dict[str, Any]:
    return {"input": {"sample": place, "hash": None, "tokens": None, "edited": None, "name": ""}}


def asked(at: AppTest, probe: str, **options: Any) -> Answer:
    """The server's answer to the part that shows this probe."""
    known = at.session_state["look"]
    question = look.asked_of(known)
    question.options.update(options)
    return inspect_route.hub().answer(known["run"], probe, question, str)


def results(at: AppTest, probe: str, **options: Any) -> tuple[Any, ...]:
    """The results that the browser gets, as Python had them."""
    answer = asked(at, probe, **options)
    assert answer.body is not None, answer.sentence
    arrays, meta = unpack_message(answer.body)
    return unpack(arrays, meta["results"])


def run_of(at: AppTest):
    return RunStore().open(at.session_state["look"]["run"])
