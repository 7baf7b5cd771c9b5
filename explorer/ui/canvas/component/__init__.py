"""Browser component of the canvas: React Flow, which sends the graph back after every edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.figures.theme import Theme
from explorer.ui.canvas.component.messages import Message, read_messages
from explorer.ui.canvas.component.packing import pack_look, pack_picture
from explorer.ui.canvas.component.picture import CanvasPicture, Shelf
from explorer.ui.canvas.component.words import canvas_words
from explorer.ui.session.fields import typed
from explorer.ui.session.state import handled_on
from explorer.ui.widgets.components.mount import ignore

__all__ = ["draw_canvas", "read_canvas"]

BUILT = Path(__file__).parent / "canvas.js"
_REMEMBERED = 8  # instances; a page that was left and opened again has a new one

# Sent once a session: the same bytes travel as their hash from then on.
_bundle = st.components.v2.component(
    "layerscope_canvas_bundle",
    isolate_styles=False,
    js=BUILT.read_text(encoding="utf-8") + "\nexport default () => {};\n",
)

# Sent with every picture: it waits for the bundle where that comes later.
_canvas = st.components.v2.component(
    "layerscope_canvas",
    isolate_styles=False,
    js="""
export default function (component) {
  if (globalThis.layerscopeCanvas) return globalThis.layerscopeCanvas(component);
  let end, over = false;
  const start = () => { if (!over) end = globalThis.layerscopeCanvas(component); };
  addEventListener("layerscope-canvas", start, { once: true });
  return () => { over = true; end?.(); };
}
""",
)


def read_canvas(key: str) -> Iterator[Message]:
    """Yield the messages since the last run, in order; handle them before making the picture.

    A message counts as handled once the next one is requested; an unfinished one is sent again.
    """
    handled = handled_on(key).value
    sent = dict(typed(key) or {}).get("sent")
    instance = sent.get("instance") if isinstance(sent, dict) else None
    if not isinstance(instance, str) or len(instance) > 64:
        return
    handled[instance] = handled.pop(instance, 0)  # the latest at the end
    while len(handled) > _REMEMBERED:
        del handled[next(iter(handled))]
    for number, message in read_messages(sent.get("messages"), handled[instance]):
        if message is not None:
            yield message
        handled[instance] = number


def draw_canvas(picture: CanvasPicture, shelves: tuple[Shelf, ...], key: str, height_px: int, theme: Theme) -> None:
    """Draw the picture, with a toolbar above it and the palette beside it."""
    instance, acknowledged = next(reversed(handled_on(key).value.items()), ("", 0))
    packed, kinds = pack_picture(picture, shelves)
    data: dict[str, Any] = {
        "picture": packed, "shelves": kinds, "words": canvas_words(), "look": pack_look(theme, picture, shelves),
        "height_px": height_px, "instance": instance, "acknowledged": acknowledged,
    }
    with st.container(gap=None):
        _bundle(key=f"{key}-bundle")
        _canvas(key=key, data=data, on_sent_change=ignore)
