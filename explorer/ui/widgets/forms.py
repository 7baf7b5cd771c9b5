"""Form fields for every kind of setting, generated from its ParamSpec."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.expression import MAX_LENGTH
from explorer.formatting import format_shape
from explorer.spec import BadValue, Choice, Expression, Flag, Name, Number, ParamSpec, Sizes
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.fields import prefill, typed
from explorer.ui.session.state import problem_with
from explorer.ui.session.uninterrupted import uninterrupted

_LARGEST = 2**53 - 1  # beyond this a browser's numbers are not exact


def form_key(name: str) -> str:
    """Make the key of a form's field: a new one once forms are redrawn, so that the field takes the draft's value."""
    return f"{name}/{state.REVISION.value}"


def is_current(key: str) -> bool:
    """Check whether a field with this key is still the one on the page; its callback must do nothing where it is not.

    Streamlit calls a field's callback for a field that was replaced, and for one whose run was ended early, with the
    value it was drawn with: an edit made meanwhile was taken back.
    """
    return key == form_key(key.rpartition("/")[0])


def draw_param(spec: ParamSpec, value: Any, key: str, keep: Callable[[Any], None], disabled: bool = False) -> None:
    """Draw a field for one setting. `keep` gets each new allowed value; a problem is shown under the field."""
    key = form_key(f"{key}/{spec.name}")
    problem = problem_with(key)

    @uninterrupted
    def take() -> None:
        if not is_current(key):
            return
        problem.clear()
        try:
            keep(_parse(spec, typed(key)))
        except BadValue as error:
            problem.value = error.sentence

    common = {"key": key, "on_change": take, "help": _help(spec), "disabled": disabled}
    draw = next(_DRAWERS[kind] for kind in type(spec).__mro__ if kind in _DRAWERS)  # a choice of a kind is a choice
    draw(spec, value, _label(spec), common)
    if problem.value:
        st.markdown(f":small[:red[:material/error: {plain(_(problem.value), 300)}]]")


def _parse(spec: ParamSpec, typed: Any) -> Any:
    return spec.read(typed) if isinstance(spec, Sizes) else spec.parse(typed)


def _label(spec: ParamSpec) -> str:
    unit = getattr(spec, "unit", "")
    return f"{_(spec.title)} ({_(unit)})" if unit else _(spec.title)


def _help(spec: ParamSpec) -> str | None:
    return _(spec.help) if spec.help else None


def _draw_number(spec: Number, value: Any, label: str, common: dict[str, Any]) -> None:
    cast = int if spec.integer else float
    high = None if math.isinf(spec.high) else cast(min(spec.high, _LARGEST))
    shown = None if value is None else cast(max(-_LARGEST, min(value, _LARGEST)))
    if spec.optional:  # a field that was emptied takes its `value` again; so that this is nothing, it is set beforehand
        prefill(common["key"], shown)
        shown = None
    st.number_input(label, min_value=cast(spec.low), max_value=high, value=shown,
                    step=1 if spec.integer else _step(spec), format="%d" if spec.integer else "%g",
                    placeholder=_(spec.empty) if spec.optional else None, **common)


def _step(spec: Number) -> float:
    """Return a tenth of the default's own size, so that the buttons move the last digit that matters."""
    return 10.0 ** (math.floor(math.log10(abs(spec.default))) - 1) if spec.default else 0.1


def _draw_choice(spec: Choice, value: Any, label: str, common: dict[str, Any]) -> None:
    st.selectbox(label, spec.options, index=spec.options.index(value),
                 format_func=lambda option: _(spec.title_of(option)), **common)


def _draw_flag(spec: Flag, value: Any, label: str, common: dict[str, Any]) -> None:
    st.checkbox(label, value, **common)


def _draw_sizes(spec: Sizes, value: Any, label: str, common: dict[str, Any]) -> None:
    shown = "" if value is None else format_shape(tuple(value)) if isinstance(value, list | tuple) else str(value)
    st.text_input(label, shown, placeholder=_("automatic") if spec.optional else None, **common)


def _draw_name(spec: Name, value: Any, label: str, common: dict[str, Any]) -> None:
    st.text_input(label, value, max_chars=120, **common)


def _draw_expression(spec: Expression, value: Any, label: str, common: dict[str, Any]) -> None:
    st.text_input(label, value, max_chars=MAX_LENGTH, **common)


_DRAWERS: dict[type, Callable[..., None]] = {
    Number: _draw_number, Choice: _draw_choice, Flag: _draw_flag, Sizes: _draw_sizes, Name: _draw_name,
    Expression: _draw_expression,
}
