"""Browser component of the canvas: React Flow, which sends the graph back after every edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.figures.theme import Theme
from explorer.ui.canvas.component.messages import Message, read_messages
from explorer.ui.canvas.component.packing import pack_look, pack_picture
from explorer.ui.canvas.component.picture import CanvasPicture, Shelf
from explorer.ui.canvas.component.words import canvas_words
from explorer.ui.session.fields import typed
from explorer.ui.session.state import handled_on
from explorer.ui.widgets.components.mount import ignore, register_built

__all__ = ["draw_canvas", "read_canvas"]

BUILT = Path(__file__).parent / "canvas.js"
_REMEMBERED = 8  # instances; a page that was left and opened again has a new one

_canvas = register_built("canvas", BUILT, "layerscopeCanvas")


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
    _canvas(key, data=data, on_sent_change=ignore)
