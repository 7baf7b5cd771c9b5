"""The card of a network of the zoo: drawing, title, costs, what to look at, its ancestor, and buttons."""

from __future__ import annotations

import base64
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
from explorer.zoo import Entry

_WIDTH_PX, _HEIGHT_PX = 400, 96


def draw_card(entry: Entry) -> None:
    """Draw everything about one network, on a card of its own."""
    with st.container(border=True, key=f"card/{entry.name}", gap="xsmall"):
        draw_picture(entry)
        st.subheader(_(entry.title), anchor=False, help=_("Source: {source}", source=_(entry.source)))
        st.markdown("\n\n".join(_paragraphs(entry)))
        if entry.after:
            _draw_descent(entry)
        with st.container(horizontal=True):
            _draw_buttons(entry)


def draw_picture(entry: Entry) -> None:
    """Draw its picture, with an equivalent in words for screen readers."""
    look = theme()
    st.html(_picture(entry.name, is_dark(), look.scale, session_language()))


@lru_cache(maxsize=512)
def _picture(name: str, dark: bool, scale: float, language: str) -> str:
    """Draw the picture as an HTML element; it depends on the arguments alone."""
    from explorer.figures import network_svg

    families = {block.name: block.family for block in BLOCKS}
    return as_image(network_svg(zoo.get(name), theme(), _WIDTH_PX, _HEIGHT_PX, families=families,
                                shapes=zoo.costs(name).shapes))


def as_image(svg: str) -> str:
    """Turn a drawing into an image: the page lets no other SVG through."""
    label = ElementTree.fromstring(svg).get("aria-label", "")
    encoded = base64.b64encode(svg.encode()).decode()
    return f'<img class="network" alt="{escape(label)}" src="data:image/svg+xml;base64,{encoded}">'


def costs_text(entry: Entry) -> str:
    """Compose year, parameters and multiply-adds in one line."""
    costs = zoo.costs(entry.name)
    return " · ".join((str(entry.year), _("{count} parameters", count=format_count(costs.parameters)),
                       _("{count} multiply-adds", count=format_count(costs.multiply_adds))))


def worth_seeing(entry: Entry) -> str:
    return f":material/visibility: *{_(entry.worth_seeing)}*"


def _paragraphs(entry: Entry) -> list[str]:
    """Write the words of a card, as Markdown."""
    words = [f":small[:gray[{costs_text(entry)}]]", _(entry.summary), worth_seeing(entry)]
    if smaller := describe_trained(entry):
        words.append(f":small[:material/compress: {smaller}]")
    if entry.recipe is None:
        words.append(f":small[:material/block: {_('No training yet.')} {_(entry.untrained)}]")
    return words


def _draw_descent(entry: Entry) -> None:
    """Draw the network it grew out of and what it added, with a button that shows the difference on the canvas."""
    parent = _(zoo.ZOO.get(entry.after).title)
    st.markdown(f":small[:material/account_tree: {_('After {network}.', network=parent)} {_(entry.added)}]")
    if st.button(_("Compare *{network}* with {parent}", network=_(entry.title), parent=parent), type="tertiary",
                 key=f"descent/{entry.name}", icon=":material/compare_arrows:",
                 help=_("Shows on the canvas what {network} added, removed and changed.", network=_(entry.title))):
        opening.open_descent(entry)


def _draw_buttons(entry: Entry) -> None:
    """Draw Train, Build and Size. Emphasis in a label is read out and not shown: every card has these three."""
    title = _(entry.title)
    why = _("Opens the training page with {network}.", network=title) if entry.recipe else _(entry.untrained)
    if st.button(_("Train *{network}*", network=title), key=f"train/{entry.name}", icon=":material/play_arrow:",
                 help=why, disabled=entry.recipe is None):
        opening.open_recipe(entry.recipe, TRAIN)
    if st.button(_("Open *{network}* in Build", network=title), key=f"build/{entry.name}",
                 help=_("Opens {network} on the canvas, at its original size.", network=title)):
        opening.open_original(entry)
    if entry.scales and st.button(_("Size *of {network}*", network=title), key=f"size/{entry.name}",
                                  icon=":material/compress:",
                                  help=_("Makes {network} smaller or larger.", network=title)):
        open_size(entry)
