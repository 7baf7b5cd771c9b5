"""The live view of a run as a message: what the worker wrote last, with its words translated."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path
from typing import Any

from explorer.files.atomic import Stamp, stamp_of
from explorer.live.message import VERSION, Message, Translate, pack_message
from explorer.text import Text
from explorer.training.analysis.live_view import FILE_NAME, read_packed_view

VIEW_MS, SLOW_VIEW_MS = 50, 200  # between two looks, of a view in the plane and of any other
_STILL_S = 2.0  # a view that has not changed for so long is that of a run that rests
_NAMED_BY_ADDRESS = "ImageGrid"  # its title is no word of ours
_DAMAGED = (LookupError, TypeError, ValueError, AttributeError)


class ViewReader:
    """The one reader of a run's live view; a view is read and packed once for all who watch in one language."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._stamp: Stamp | None = None
        self._packed: tuple[dict[str, Any], Any, int] | None = None
        self._bodies: dict[str, bytes] = {}
        self._changed_s = -math.inf

    def message(self, since: str, language: str, translate: Translate) -> Message:
        """Make the message about the view, without a body where `since`, the stamp of the last one, is the present one.
        """
        with self._lock:
            stamp = stamp_of(self._folder / FILE_NAME)
            if stamp != self._stamp:
                self._stamp, self._packed, self._bodies = stamp, _sound(read_packed_view(self._folder)), {}
                self._changed_s = time.monotonic()
            if self._packed is None or since == name_of(stamp):
                return Message(None, self._next_ms)
            if language not in self._bodies:
                arrays, document, step = self._packed
                self._bodies[language] = pack_message(arrays, {
                    "version": VERSION, "stamp": name_of(stamp), "step": step,
                    "results": render_words(document, translate)})
            return Message(self._bodies[language], self._next_ms)

    @property
    def _next_ms(self) -> int:
        kind = self._packed[1]["tuple"][0].get("result") if self._packed else "Field2D"
        rests = self._packed is not None and time.monotonic() - self._changed_s > _STILL_S
        return VIEW_MS if kind == "Field2D" and not rests else SLOW_VIEW_MS


def name_of(stamp: Stamp) -> str:
    """Name a view by its file's stamp."""
    return "-".join(format(part, "x") for part in stamp)


def render_words(document: Any, translate: Translate) -> Any:
    """Put words in place of the templates in a packed result, and translate our own titles.

    >>> render_words({"result": "Bars", "fields": {"title": "Odds", "labels": {"tuple": ["title"]}}}, str.upper)
    {'result': 'Bars', 'fields': {'title': 'ODDS', 'labels': {'tuple': ['title']}}}
    """
    if not isinstance(document, dict):
        return document
    if "text" in document:
        return translate(Text.from_dict(document["text"]))
    if "tuple" in document:
        return {"tuple": [render_words(item, translate) for item in document["tuple"]]}
    if "fields" not in document:
        return document
    return {"result": document["result"], "fields": {
        name: translate(value) if _is_word(document["result"], name, value) else render_words(value, translate)
        for name, value in document["fields"].items()}}


def _is_word(result: str, field: str, value: Any) -> bool:
    return field == "title" and isinstance(value, str) and result != _NAMED_BY_ADDRESS


def _sound(packed: tuple[dict[str, Any], Any, int] | None) -> tuple[dict[str, Any], Any, int] | None:
    """Pass on what can be sent: a newer or damaged document is as none."""
    try:
        if packed is not None:
            render_words(packed[1], str)
            packed[1]["tuple"][0].get("result")
    except _DAMAGED:
        return None
    return packed
