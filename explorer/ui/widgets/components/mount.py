"""Registration of a component of this folder with Streamlit: its `.js` and `.css` files, read once at import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

COMPONENTS = Path(__file__).parent


def register(name: str) -> Callable[..., Any]:
    """Make the mounting function of the component in folder `name`; its JavaScript files are joined into one module."""
    scripts = sorted((COMPONENTS / name).glob("*.js"))
    return st.components.v2.component(
        f"layerscope_{name}",
        js="\n".join(script.read_text(encoding="utf-8") for script in scripts),
        css=(COMPONENTS / name / f"{name}.css").read_text(encoding="utf-8"),
    )


def ignore() -> None:
    """Do nothing: Streamlit delivers only those values that have a callback."""
