"""Values of the fields of a page, by their Streamlit keys."""

from __future__ import annotations

from typing import Any

import streamlit as st


def typed(key: str, default: Any = None) -> Any:
    """Read the value of the field or component of this key; for its callback, and where it is not drawn yet."""
    return st.session_state.get(key, default)


def fill(key: str, value: Any) -> None:
    """Put a value into a field that is drawn afterwards."""
    st.session_state[key] = value


def prefill(key: str, value: Any) -> None:
    """Put a value into a field that has none yet and is drawn afterwards."""
    st.session_state.setdefault(key, value)


def empty(key: str) -> None:
    """Have the field drawn with its own default again."""
    st.session_state.pop(key, None)
