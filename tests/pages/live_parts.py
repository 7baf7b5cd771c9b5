"""The live parts of a page, which the browser fills: what each was asked to draw, and what it would get to draw."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from explorer.live import Hub

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))  # for watcher
from watcher import Watcher


def live_parts(at: AppTest) -> dict[str, dict[str, Any]]:
    """The data of every live part by its place, such as "live/state"."""
    found = {}
    for element in _elements(at._tree):
        proto = getattr(element, "proto", None)
        if getattr(proto, "component_name", "") == "layerscope_live":
            found[proto.id.split("-", 2)[2]] = json.loads(proto.json)
    return found


def _elements(block: Any) -> Iterator[Any]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _elements(child)


def watched(at: AppTest) -> Watcher:
    """What a browser has of the run on this page, asked of the server's own feed."""
    (run_id,) = {part["run"] for part in live_parts(at).values()}
    return Watcher().take(Hub().numbers(run_id, "", str).body)


def chart_names(at: AppTest) -> list[str]:
    return [chart["name"] for chart in watched(at).meta["charts"]]
