"""The gallery on Home: the networks of the zoo as cards by chapter, or as a family tree."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from explorer import zoo
from explorer.ui.home.card import draw_cards
from explorer.ui.home.gallery_filter import draw_filter, draw_show_all
from explorer.ui.language import _
from explorer.ui.session.fields import fill, typed
from explorer.ui.session.person import theme
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.zoo import Entry

if TYPE_CHECKING:
    from explorer.figures.family_tree import Member

_CARDS, _TREE = "cards", "tree"
VIEW, CHOSEN, _FAMILY = "gallery_view", "family_member", "family"  # keys of fields, and of the tree


@st.fragment
def draw_gallery() -> None:
    """Draw the networks that pass the filter; a click here redraws the gallery, and not the page."""
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="gallery_heading"):
        st.header(_("Networks"), anchor=False, width="content")
        asked = st.container(horizontal=True, vertical_alignment="center", width="stretch")
        titles = {_CARDS: _("Cards"), _TREE: _("Family tree")}
        view = st.segmented_control(_("View"), list(titles), default=_CARDS, format_func=titles.get, key=VIEW,
                                    required=True, label_visibility="collapsed", persist_state="session")
    chapters, cards, tree = st.container(), st.container(), st.container()
    if view == _TREE:
        asked.caption(_("Each network is below the one it grew out of, ordered by year (not to scale). Click one to "
                        "see what it added."))
        with tree:
            _draw_family()
    else:
        chosen = draw_filter(chapters, asked)
        with cards:
            _draw_cards(chosen.kept)


def _draw_cards(entries: list[Entry]) -> None:
    """Draw cards by chapter, in the order of the course."""
    draw_cards({_(chapter): list(of_chapter) for chapter, of_chapter
                in groupby(entries, key=lambda entry: entry.chapter)}, _CARDS)
    if not entries:
        with st.container(border=True):
            st.markdown(_("No network of this chapter matches that size and year."))
            draw_show_all("show_all")


def _draw_family() -> None:
    """Draw the family tree; a click on a dot shows its card, and so does the field, for those who use no mouse."""
    from explorer.figures.family_tree import describe_family, figure_family
    from explorer.ui.widgets.figure import show_figure

    members = [_member(entry) for entry in zoo.ZOO]
    picture, card = st.columns([0.68, 0.32], gap="medium")
    with card:
        name = st.selectbox(_("Network"), zoo.names(), key=CHOSEN, persist_state="session",
                            format_func=lambda name: _(zoo.ZOO.get(name).title))
        draw_cards({"": [zoo.ZOO.get(name)]}, "family_card")
    with picture:
        show_figure(figure_family(members, theme(), name), describe_family(members), _FAMILY, tools=False,
                    on_select=_choose, selection_mode="points")


@uninterrupted
def _choose() -> None:
    """Show the card of the dot that was clicked."""
    points = typed(_FAMILY)["selection"]["points"]
    if points:
        fill(CHOSEN, points[0]["customdata"])


def _member(entry: Entry) -> Member:
    from explorer.figures.family_tree import Member

    return Member(entry.name, entry.title, entry.year, entry.after, entry.added)


_STYLE = """<style>
.st-key-gallery_heading {margin-top: 1rem}
.st-key-gallery_heading h2 {padding: 0}
img.network {display: block; width: 100%; max-width: 34rem; height: auto; margin: 0 auto}
h2.chapter {font-size: 1.05rem; font-weight: 600; opacity: .8; margin: .6rem 0 0; padding: 0}
</style>"""
