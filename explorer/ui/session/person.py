"""The person at the browser: their key, and the look they chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.ui.language import _
from explorer.ui.session import state

if TYPE_CHECKING:
    from explorer.figures import Theme


def owner() -> str:
    """Return the browser's key, under which runs, drafts, blocks and data are kept; empty until it is known."""
    return state.OWNER.value


def recognize(browser_key: str) -> None:
    """Keep the key that the browser brought."""
    state.OWNER.value = browser_key


def theme() -> Theme:
    """Compose this session's look: light or dark, the projector's size, its language."""
    from explorer.figures import Theme
    from explorer.figures.theme import PROJECTOR

    return Theme(is_dark(), PROJECTOR if state.PROJECTOR.value else 1.0, _)


def is_dark() -> bool:
    """Check whether the browser shows the dark theme."""
    return st.context.theme.type == "dark"
