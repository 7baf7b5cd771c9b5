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
    return {proto.id.split("-", 2)[2]: json.loads(proto.json) for proto in _protos(at, "layerscope_live")}


def parts_of(at: AppTest, component: str) -> list[dict[str, Any]]:
    """The data of every element of a component."""
    return [json.loads(proto.json) for proto in _protos(at, component)]


def _protos(at: AppTest, component: str) -> Iterator[Any]:
    protos = (getattr(element, "proto", None) for element in _elements(at._tree))
    return (proto for proto in protos if getattr(proto, "component_name", "") == component)


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
