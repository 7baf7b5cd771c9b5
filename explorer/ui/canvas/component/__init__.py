"""Browser component of the canvas: React Flow, which sends the graph back after every edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.figures.theme import Theme
from explorer.ui.canvas.component.messages import Message, read_messages
from explorer.ui.canvas.component.packing import pack_levels, pack_look, pack_picture
from explorer.ui.canvas.component.picture import CanvasPicture, Levels, Shelf
from explorer.ui.canvas.component.words import canvas_words
from explorer.ui.session.fields import typed
from explorer.ui.session.state import handled_on
from explorer.ui.widgets.components.mount import ignore, register_built

__all__ = ["draw_canvas", "draw_levels", "read_canvas"]

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
    packed, kinds = pack_picture(picture, shelves)
    look = pack_look(theme, (picture,), shelves)
    _draw(key, {"picture": packed, "shelves": kinds, "look": look, "height_px": height_px})


def draw_levels(levels: Levels, key: str, height_px: int, theme: Theme) -> None:
    """Draw a network of cards with maps; the browser paints it and walks into its blocks by itself."""
    picture = levels.pictures[levels.inside]
    packed, kinds = pack_picture(picture, ())
    _draw(key, {"picture": packed, "shelves": kinds, "look": pack_look(theme, levels.pictures.values(), ()),
                "height_px": height_px, "levels": pack_levels(levels, theme)})


def _draw(key: str, data: dict[str, Any]) -> None:
    instance, acknowledged = next(reversed(handled_on(key).value.items()), ("", 0))
    _canvas(key, data={**data, "words": canvas_words(), "instance": instance, "acknowledged": acknowledged},
            on_sent_change=ignore)
