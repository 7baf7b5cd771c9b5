"""Clicks on buttons in the order in which they were made, none of them lost.

Streamlit promises neither. Clicks that arrive while the page's script runs become one request: it holds a button only
once, the last one's callback may come first, and it is dropped where a newer run of the whole page begins. So for
buttons whose order and number count this element takes the clicks in the browser, numbers them, and sends them until
they were handled. The buttons are Streamlit's own and keep their callbacks, for as long as this element is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.ui.session.fields import typed
from explorer.ui.session.state import handled_on
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.components.mount import register

__all__ = ["Click", "draw_clicks", "read_clicks"]

_MOST = 1000  # in one message
_REMEMBERED = 8  # instances; a page that was loaded again has a new one
_clicks = register("clicks")


@dataclass(frozen=True)
class Click:
    """One click: the button's key, what the page was about, and what the button's field held then."""

    button: str
    about: str
    typed: str = ""


def draw_clicks(key: str, buttons: Mapping[str, str], about: str, act: Callable[[Click], None]) -> None:
    """Call `act` for each click on one of these buttons.

    buttons: the key of each, with that of the container of the field that belongs to it, or nothing. A click keeps what
    the field held and what the page was about, whatever the page shows once it is handled.
    """
    handled = handled_on(key)

    @uninterrupted
    def handle() -> None:
        for click in read_clicks(dict(typed(key) or {}).get("clicks"), handled.value):
            if click.button in buttons:
                act(click)

    instance, acknowledged = next(reversed(handled.value.items()), ("", 0))
    _clicks(key=key, on_clicks_change=handle, data={
        "buttons": dict(buttons), "about": about, "instance": instance, "acknowledged": acknowledged})


def read_clicks(sent: Any, handled: dict[str, int]) -> Iterator[Click]:
    """Read the clicks that were not handled yet, in order; `handled` is the last number by instance.

    Nothing that was sent is trusted: what has another form is dropped.
    """
    instance, clicks = (sent.get("instance"), sent.get("clicks")) if isinstance(sent, Mapping) else (None, None)
    if not isinstance(instance, str) or len(instance) > 64 or not isinstance(clicks, list):
        return
    handled[instance] = handled.pop(instance, 0)  # the latest at the end
    while len(handled) > _REMEMBERED:
        del handled[next(iter(handled))]
    for click in (each for each in clicks[:_MOST] if isinstance(each, Mapping)):
        number, *words = (click.get(name) for name in ("number", "button", "about", "typed"))
        if type(number) is int and number > handled[instance] and all(isinstance(word, str) for word in words):
            handled[instance] = number
            yield Click(*words)
