"""What a network wrote, on the page."""

from __future__ import annotations

from html import escape

import streamlit as st

from explorer.results import Writing
from explorer.ui.glossary import hover
from explorer.ui.language import _

_STYLE = "font-size: .95rem; line-height: 1.5; overflow-wrap: anywhere; white-space: pre-wrap; margin: 0"


def draw_writing(result: Writing) -> None:
    """A text that was begun, and how the network goes on; its words stand out."""
    st.markdown(f"**{_(result.title)}**", help=hover("next_token"))
    draw_words(result.written, result.prompt)
    st.caption(_("Gray: held-out text that it was given. Bold: what it wrote on."))


def draw_words(words: str, before: str = "") -> None:
    """Words as they are; what stood before them stands back."""
    st.html(f'<p style="{_STYLE}"><span style="opacity: .65">{escape(before)}</span><b>{escape(words)}</b></p>')
