"""Parts of Inspect that follow what is looked at: the browser asks the server's own route, Python only places them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from explorer.live.message import pack_message
from explorer.results import AttributionRows, Operation
from explorer.results.packing import in_words, pack
from explorer.ui.language import _, session_language
from explorer.ui.session import person
from explorer.ui.session.fields import typed
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.components.inspector.inspector_words import words_of
from explorer.ui.widgets.components.live.live_look import pack_look
from explorer.ui.widgets.components.mount import ignore, register_built

__all__ = ["PARTS", "draw_operation", "draw_part", "draw_rows"]

_RUNS = 4  # whose colors a part needs
BUILT = Path(__file__).parent / "inspector.js"
PARTS = (
    "time",
    "news",
    "inside",
    "answer",
    "samples",
    "input",
    "operation",
    "path",
    "maps",
    "of",
    "flow",
    "backward",
    "kernels",
    "edited",
    "intervened",
    "silence",
    "patching",
    "attention",
    "attributed",
    "rollout",
    "attribution",
    "film",
    "histograms",
)

_part = register_built("inspector", BUILT, "layerscopeInspector?.mount")


def draw_part(part: str, key: str, *, probe: str = "", height_px: int = 0, first: Mapping[str, Any] | None = None,
              revision: str = "", on_settled: Callable[[Mapping[str, Any]], None] | None = None,
              on_open: Callable[[str], None] | None = None,
              on_picked: Callable[[Mapping[str, Any]], None] | None = None, **options: Any) -> None:
    """Draw one of PARTS; the browser keeps it up to date from then on.

    probe: the one whose results the part shows. first: the look to begin with, taken where `revision` is a new one.
    on_settled gets what is looked at, once that has not changed for a moment; on_open the place of the page that a
    person goes to, on_picked what a person chose to do in the part. `options` are the part's own.
    """
    theme = person.theme()
    data = {"part": part, "probe": probe, "language": session_language(), "height_px": theme.px(height_px),
            "words": words_of(part), "look": pack_look(theme) | {"runs": [theme.run(n).color for n in range(_RUNS)]},
            "options": options, "first": first, "revision": revision}
    _part(key, data=data, on_settled_change=partial(_take, key, "settled", on_settled) if on_settled else ignore,
          on_open_change=partial(_take, key, "open", on_open) if on_open else ignore,
          on_picked_change=partial(_take, key, "picked", on_picked) if on_picked else ignore)


def draw_operation(operation: Operation, key: str, *, height_px: int = 460) -> None:
    """Draw an operation that is no node of a run: the view's arithmetic of arrays that the caller made."""
    draw_part("operation", key, height_px=height_px, operation=_in_base64(operation))


def draw_rows(rows: AttributionRows, key: str, *, height_px: int = 460) -> None:
    """Draw samples with their attributions, each of which a click takes as the page's input."""
    draw_part("attributed", key, height_px=height_px, rows=_in_base64(rows))


def _in_base64(result: Any) -> str:
    arrays, document = pack((result,))
    return base64.b64encode(pack_message(arrays, {"results": in_words(document, _)})).decode()


@uninterrupted
def _take(key: str, name: str, act: Callable[[Any], None]) -> None:
    value = dict(typed(key) or {}).get(name)
    if isinstance(value, str if name == "open" else Mapping):
        act(value)
