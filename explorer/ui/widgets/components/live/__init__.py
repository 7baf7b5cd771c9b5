"""Live charts of a run: the browser asks the server's own route for new numbers, Python only places the parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from explorer.results import Field2D
from explorer.ui.glossary import plain_help
from explorer.ui.language import session_language
from explorer.ui.session import person
from explorer.ui.session.fields import typed
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.components.live.live_look import pack_look, pack_overlay, pack_states
from explorer.ui.widgets.components.live.live_words import live_words
from explorer.ui.widgets.components.mount import ignore, register_built

__all__ = ["PARTS", "draw_live"]

BUILT = Path(__file__).parent / "live.js"
PARTS = ("state", "curves", "strip", "rate", "view")

_part = register_built("live", BUILT, "layerscopeLive?.mount")


def draw_live(part: str, run_id: str | None, key: str, height_px: int, *,
              on_state_change: Callable[[], None] | None = None, on_sample: Callable[[int], None] | None = None,
              terms: Mapping[str, str] | None = None, overlay: Field2D | None = None, overlay_name: str = "",
              **options: Any) -> None:
    """Draw one of PARTS for a run, empty where it is None; the browser keeps it up to date from then on.

    `names` are the charts of "curves", side by side; with `rest` it draws every other one that is not in `besides`.
    `title` is that of "view", `overlay` an earlier boundary to draw a line of. `known` is the state that Python has
    drawn: where the run's is another one, "state" has `on_state_change` called. `epochs` are those asked for. `terms`
    explain charts by their names, each a term of the glossary. `on_sample` gets the place of a sample that was clicked
    in "view".
    """
    theme = person.theme()
    options |= {"picks": on_sample is not None, "overlay": overlay and pack_overlay(overlay, overlay_name),
                "terms": {name: plain_help(term) for name, term in (terms or {}).items()}}
    data = {
        "part": part, "run": run_id, "language": session_language(), "height_px": theme.px(height_px),
        "words": live_words(), "states": pack_states(theme), "look": pack_look(theme),
        "options": options,
    }
    _part(key, data=data, on_state_change=on_state_change or ignore,
          on_sample_change=partial(_pick, key, on_sample) if on_sample else ignore)


@uninterrupted
def _pick(key: str, on_sample: Callable[[int], None]) -> None:
    place = dict(typed(key) or {}).get("sample")
    if type(place) is int and place >= 0:
        on_sample(place)
