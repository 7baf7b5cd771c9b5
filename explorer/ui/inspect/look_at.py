"""Inputs that a probe changed, made the input that all views look at."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.probes import Subject
from explorer.results import ChangedInputs
from explorer.ui.app import inspect_route
from explorer.ui.inspect.look_address import VIEW, name_look
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.uninterrupted import uninterrupted


def draw_changed_inputs(subject: Subject, result: ChangedInputs, key: str, is_alone: bool) -> None:
    """Draw a button for each input; a click makes it the page's."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{_(result.title)}:", width="content")
        for place, (label, values) in enumerate(zip(result.labels, result.values, strict=True)):
            words = _(label)
            st.button(words, key=f"look_at/{key}/{place}", on_click=_look_at, args=(subject, values, words))


@uninterrupted
def _look_at(subject: Subject, values: np.ndarray, name: str) -> None:
    known: dict[str, Any] = dict(state.LOOK.value or {})
    before = known.get("input") or {}
    made_of = before.get("edited") if before.get("sample") is None else before["sample"]
    state.LOOK.value = known | {"changes": {}, "against": None, "shown": "first", "input": {
        "sample": None, "hash": inspect_route.hub().inputs.keep(values, subject.recipe), "tokens": subject.tokens,
        "edited": made_of, "name": name}}
    state.LOOK_REVISION.value += 1
    name_look(state.LOOK.value, st.query_params.get(VIEW))
