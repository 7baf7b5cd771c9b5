"""Text that a network wrote, on the page."""

from __future__ import annotations

from html import escape

import streamlit as st

from explorer.results import Writing
from explorer.ui.glossary import hover
from explorer.ui.language import _

_STYLE = "font-size: .95rem; line-height: 1.5; overflow-wrap: anywhere; white-space: pre-wrap; margin: 0"


def draw_writing(result: Writing) -> None:
    """Draw a text that was begun, and the network's continuation in bold."""
    st.markdown(f"**{_(result.title)}**", help=hover("next_token"))
    draw_words(result.written, result.prompt)
    st.caption(_("Gray: held-out text used as the prompt. Bold: the network's continuation."))


def draw_words(words: str, before: str = "") -> None:
    """Draw words as they are, after a paler prompt."""
    st.html(f'<p style="{_STYLE}"><span style="opacity: .65">{escape(before)}</span><b>{escape(words)}</b></p>')
