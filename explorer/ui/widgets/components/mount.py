"""How a component of this folder reaches Streamlit: its `.js` and `.css` files, read once at import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

COMPONENTS = Path(__file__).parent


def register(name: str) -> Callable[..., Any]:
    """The mounting function of the component in folder `name`; its JavaScript files are joined into one module."""
    scripts = sorted((COMPONENTS / name).glob("*.js"))
    return st.components.v2.component(
        f"layerscope_{name}",
        js="\n".join(script.read_text(encoding="utf-8") for script in scripts),
        css=(COMPONENTS / name / f"{name}.css").read_text(encoding="utf-8"),
    )


def ignore() -> None:
    """Streamlit hands over only those values that have a callback; this one has nothing to do."""
