"""A square to draw a digit on: white ink on black, as in MNIST."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.ui.language import _
from explorer.ui.session.state import drawn_on
from explorer.ui.widgets.components.mount import ignore, register

__all__ = ["draw_drawing_pad"]

SIDE = 140
_drawing_pad = register("drawing_pad")


def draw_drawing_pad(key: str, prepared: np.ndarray | None = None) -> np.ndarray | None:
    """Draw the pad and return the drawing as (140, 140) uint8, ink = 255, or None while it is empty.

    prepared: (height, width) uint8, what the network is given of it, shown beside the pad in crisp pixels.
    The drawing is kept for the session, also while another page is shown.
    """
    kept = drawn_on(key)
    strokes = (kept.value or {}).get("strokes")
    data = {"words": _words(), "side": SIDE, "strokes": strokes, "prepared": _encoded(prepared)}
    result = _drawing_pad(key=key, data=data, on_drawing_change=ignore)
    drawing = result.get("drawing")
    if isinstance(drawing, Mapping):  # else nothing drawn since this page was opened: what was kept still stands
        kept.value = drawing
    return decode_drawing(kept.value)


def decode_drawing(value: Any) -> np.ndarray | None:
    """Decode the pixels that the browser sent; None when it is empty or not a drawing."""
    encoded = value.get("pixels") if isinstance(value, Mapping) else None
    if not isinstance(encoded, str):
        return None
    try:
        pixels = np.frombuffer(base64.b64decode(encoded, validate=True), np.uint8)
    except (binascii.Error, ValueError):
        return None
    return pixels.reshape(SIDE, SIDE) if pixels.size == SIDE * SIDE and pixels.any() else None


def _encoded(prepared: np.ndarray | None) -> dict[str, Any] | None:
    if prepared is None:
        return None
    pixels = np.ascontiguousarray(prepared, dtype=np.uint8)
    height, width = pixels.shape
    return {"height": height, "width": width, "pixels": base64.b64encode(pixels.tobytes()).decode()}


def _words() -> dict[str, str]:
    return {
        "hint": _("Draw a digit"),
        "clear": _("Clear"),
        "undo": _("Undo"),
        "pad": _("Drawing pad. Delete clears it, Ctrl+Z undoes the last stroke."),
        "prepared": _("What the network sees"),
    }
