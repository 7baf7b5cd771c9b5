"""A random key that a browser keeps, so that a refresh finds its own runs again. It identifies, it does not protect.

It comes as a cookie, with the session's first request. Were it told by the page instead, the page's script would run a
second time, and a click on another page just before would be taken back: what a component tells is answered with the
page it stands on.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

import streamlit as st

from explorer.ui.session.state import brought_by
from explorer.ui.widgets.components.mount import ignore, register

__all__ = ["read_browser_key"]

_COOKIE = "layerscope-browser-key"
_browser_key = register("browser_key")


def read_browser_key(key: str = "browser_key") -> str:
    """Read the browser's key, 32 hex digits. A browser without one is given a new one to keep.

    A browser that refuses cookies, or whose other tab was given a key meanwhile, tells its own: only then the page's
    script runs again.
    """
    kept = brought_by(key)
    brought = kept.value or check_browser_key(st.context.cookies.get(_COOKIE))
    known = brought or secrets.token_hex(16)
    result = _browser_key(key=key, data={"known": known, "name": _COOKIE}, on_browser_key_change=ignore)
    kept.value = check_browser_key(result.get("browser_key")) or known
    return kept.value


def check_browser_key(value: Any) -> str | None:
    """Return `value` if it is a key, else None."""
    return value if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value) else None
