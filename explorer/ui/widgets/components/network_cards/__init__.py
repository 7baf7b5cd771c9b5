"""Cards of networks with their pictures, words and buttons, as one element of the page.

Made of Streamlit's own elements thirty cards are hundreds, and a browser takes longer to set them up than to load the
app.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from explorer.ui.widgets.components.mount import ignore, register

__all__ = ["Chapter", "ChosenButton", "Doing", "NetworkCard", "Words", "draw_network_cards"]

_network_cards = register("network_cards")


@dataclass(frozen=True)
class Words:
    """A paragraph of a card, with the name of a Material icon before it."""

    text: str
    icon: str = ""
    small: bool = False


@dataclass(frozen=True)
class Doing:
    """A button of a card. What its label has between asterisks is read out and not shown."""

    name: str
    label: str
    help: str
    icon: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class NetworkCard:
    """Everything about one network; `picture` is an SVG document, `alt` its equivalent in words."""

    name: str
    title: str
    source: str
    picture: str
    alt: str
    words: tuple[Words, ...]
    doings: tuple[Doing, ...]
    compare: Doing | None = None  # a link of its own, above the buttons


@dataclass(frozen=True)
class Chapter:
    """Cards below one heading; none where it is empty."""

    title: str
    cards: tuple[NetworkCard, ...]


@dataclass(frozen=True)
class ChosenButton:
    """The button that was just clicked, and the name of the network on its card."""

    doing: str
    network: str


def draw_network_cards(chapters: Sequence[Chapter], key: str) -> ChosenButton | None:
    """Draw the cards and return the button clicked just now, else None."""
    result = _network_cards(key=key, data={"chapters": [asdict(chapter) for chapter in chapters]},
                            on_chosen_change=ignore)
    return check_chosen(result.get("chosen"), chapters)


def check_chosen(value: Any, chapters: Sequence[Chapter]) -> ChosenButton | None:
    """Check what the browser sent: a button that is there and can be clicked, or None."""
    there = [(doing.name, card.name) for chapter in chapters for card in chapter.cards
             for doing in (*card.doings, card.compare) if doing and not doing.disabled]
    chosen = (value.get("doing"), value.get("network")) if isinstance(value, dict) else None
    return ChosenButton(*chosen) if chosen in there else None
