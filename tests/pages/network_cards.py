"""The cards of networks on a page, which the browser draws: what is on them, and a click on one of their buttons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest


def cards(at: AppTest) -> dict[str, dict[str, Any]]:
    """What every card shows, by the name of its network, in order."""
    return {card["name"]: card for element in _elements(at._tree) for chapter in _content(element)["chapters"]
            for card in chapter["cards"]}


def button(card: dict[str, Any], doing: str) -> dict[str, Any]:
    return next(each for each in (*card["doings"], card["compare"]) if each and each["name"] == doing)


def press(at: AppTest, doing: str, network: str) -> AppTest:
    """The page after a click on a card's button."""
    (element,) = _elements(at._tree)
    states = at._tree.get_widget_states()
    sent = states.widgets.add()
    sent.id = _make_trigger_id(element.proto.id, "events")
    sent.json_trigger_value = json.dumps([{"event": "chosen", "value": {"doing": doing, "network": network}}])
    return at._run(states)


def _content(element: Any) -> dict[str, Any]:
    return json.loads(element.proto.json)


def _elements(block: Any) -> Iterator[Any]:
    for child in getattr(block, "children", {}).values():
        if getattr(getattr(child, "proto", None), "component_name", "") == "layerscope_network_cards":
            yield child
        yield from _elements(child)
