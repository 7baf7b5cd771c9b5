"""A random key that a browser keeps, so that a refresh finds its own runs again. It identifies, it does not protect."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from explorer.ui.components.mount import ignore, register

__all__ = ["read_browser_key"]

_browser_key = register("browser_key")


def read_browser_key(key: str = "browser_key") -> str | None:
    """The browser's key, 32 hex digits; None in a session's first run, before the browser has answered."""
    kept_key = f"{key}_kept"
    known = st.session_state.get(kept_key)
    result = _browser_key(key=key, data={"known": known}, on_browser_key_change=ignore)
    told = check_browser_key(result.get("browser_key"))
    if told:
        st.session_state[kept_key] = told
    return told or known


def check_browser_key(value: Any) -> str | None:
    """`value` if it is a key, else None."""
    return value if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value) else None
