"""The cards of networks of the zoo: drawing, title, costs, what to look at, its ancestor, and buttons."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from xml.etree import ElementTree

import streamlit as st

from explorer import zoo
from explorer.blocks import BLOCKS
from explorer.formatting import format_count
from explorer.ui.app.shell import TRAIN
from explorer.ui.home import opening
from explorer.ui.home.scale import describe_trained
from explorer.ui.home.size_dialog import open_size
from explorer.ui.language import _, session_language
from explorer.ui.session.person import is_dark, theme
from explorer.ui.widgets.components.network_cards import Chapter, Doing, NetworkCard, Words, draw_network_cards
from explorer.zoo import Entry

_WIDTH_PX, _HEIGHT_PX = 400, 96


def draw_cards(chapters: Mapping[str, Sequence[Entry]], key: str) -> None:
    """Draw a card for each network, by the title of its chapter, and do what a click on one of their buttons asks for.
    """
    look = is_dark(), theme().scale, session_language()
    chosen = draw_network_cards([Chapter(title, tuple(_card(entry.name, *look) for entry in entries))
                                 for title, entries in chapters.items()], key)
    if chosen:
        _DO[chosen.doing](zoo.ZOO.get(chosen.network))


def draw_picture(entry: Entry) -> None:
    """Draw its picture, with an equivalent in words for screen readers."""
    st.html(as_image(_picture(entry.name, is_dark(), theme().scale, session_language())))


def as_image(svg: str) -> str:
    """Turn a drawing into an image: the page lets no other SVG through."""
    encoded = base64.b64encode(svg.encode()).decode()
    return f'<img class="network" alt="{escape(_label(svg))}" src="data:image/svg+xml;base64,{encoded}">'


@lru_cache(maxsize=512)
def _card(name: str, dark: bool, scale: float, language: str) -> NetworkCard:
    """Make a network's card; it depends on the arguments alone."""
    entry, picture = zoo.ZOO.get(name), _picture(name, dark, scale, language)
    return NetworkCard(entry.name, _(entry.title), _("Source: {source}", source=_(entry.source)), picture,
                       _label(picture), tuple(_words(entry)), tuple(_doings(entry)), _descent(entry))


@lru_cache(maxsize=512)
def _picture(name: str, dark: bool, scale: float, language: str) -> str:
    """Draw the network as an SVG document; it depends on the arguments alone."""
    from explorer.figures import network_svg

    families = {block.name: block.family for block in BLOCKS}
    return network_svg(zoo.get(name), theme(), _WIDTH_PX, _HEIGHT_PX, families=families, shapes=zoo.costs(name).shapes)


def _label(svg: str) -> str:
    """Read a drawing's equivalent in words."""
    return ElementTree.fromstring(svg).get("aria-label", "")


def costs_text(entry: Entry) -> str:
    """Compose year, parameters and multiply-adds in one line."""
    costs = zoo.costs(entry.name)
    return " · ".join((str(entry.year), _("{count} parameters", count=format_count(costs.parameters)),
                       _("{count} multiply-adds", count=format_count(costs.multiply_adds))))


def _words(entry: Entry) -> Iterator[Words]:
    """Yield the paragraphs of a card."""
    yield Words(costs_text(entry), small=True)
    yield Words(_(entry.summary))
    yield Words(_(entry.worth_seeing), "visibility")
    if smaller := describe_trained(entry):
        yield Words(smaller, "compress", small=True)
    if entry.recipe is None:
        yield Words(f"{_('No training yet.')} {_(entry.untrained)}", "block", small=True)
    if entry.after:
        parent = _(zoo.ZOO.get(entry.after).title)
        yield Words(f"{_('After {network}.', network=parent)} {_(entry.added)}", "account_tree", small=True)


def _descent(entry: Entry) -> Doing | None:
    """Make the link that shows on the canvas the difference to the network it grew out of."""
    if not entry.after:
        return None
    title, parent = _(entry.title), _(zoo.ZOO.get(entry.after).title)
    return Doing("descent", _("Compare *{network}* with {parent}", network=title, parent=parent),
                 _("Shows on the canvas what {network} added, removed and changed.", network=title), "compare_arrows")


def _doings(entry: Entry) -> Iterator[Doing]:
    """Yield Train, Build and Size. Emphasis in a label is read out and not shown: every card has these three."""
    title = _(entry.title)
    why = _("Opens the training page with {network}.", network=title) if entry.recipe else _(entry.untrained)
    yield Doing("train", _("Train *{network}*", network=title), why, "play_arrow", disabled=entry.recipe is None)
    yield Doing("build", _("Open *{network}* in Build", network=title),
                _("Opens {network} on the canvas, at its original size.", network=title))
    if entry.scales:
        yield Doing("size", _("Size *of {network}*", network=title),
                    _("Makes {network} smaller or larger.", network=title), "compress")


_DO: dict[str, Callable[[Entry], None]] = {
    "train": lambda entry: opening.open_recipe(entry.recipe, TRAIN), "build": opening.open_original,
    "descent": opening.open_descent, "size": open_size}
