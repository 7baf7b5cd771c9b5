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


def register_built(name: str, built: Path, mount: str) -> Callable[..., None]:
    """Make the mounting function of a component that is built into one large file.

    The file is sent once a session, in an element of its own: from then on the same bytes travel as their hash. What is
    sent with every change is a stub, which waits for the file where that comes later. mount: the function that the
    file makes, below `globalThis`; the event `layerscope-{name}` follows it.
    """
    bundle = st.components.v2.component(
        f"layerscope_{name}_bundle", isolate_styles=False,
        js=built.read_text(encoding="utf-8") + "\nexport default () => {};\n")
    part = st.components.v2.component(
        f"layerscope_{name}", isolate_styles=False,
        js=_STUB.replace("MOUNT", f"globalThis.{mount}").replace("EVENT", f"layerscope-{name}"))

    def draw(key: str, **options: Any) -> None:
        with st.container(gap=None):
            bundle(key=f"{key}-bundle")
            part(key=key, **options)

    return draw


_STUB = """
export default function (component) {
  if (MOUNT) return MOUNT(component);
  let end, over = false;
  const start = () => { if (!over) end = MOUNT(component); };
  addEventListener("EVENT", start, { once: true });
  return () => { over = true; end?.(); };
}
"""


def ignore() -> None:
    """Do nothing: Streamlit delivers only those values that have a callback."""
