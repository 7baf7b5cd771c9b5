"""Filter of the gallery: by chapter, by size and by year."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import zoo
from explorer.ui.language import _
from explorer.ui.session.fields import fill, prefill
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.zoo import Entry

# The fields' keys; what they say outlives a visit to another page.
CHAPTER, PARAMETERS, YEAR = "gallery_chapter", "gallery_parameters", "gallery_years"
ANY = ""
PARAMETERS_OF = {ANY: (0, inf), "small": (0, 1e5), "medium": (1e5, 1e7), "large": (1e7, inf)}  # from, up to
YEARS_OF = {ANY: (-inf, inf), "early": (-inf, 1990), "lenet": (1990, 2012), "deep": (2012, inf)}


@dataclass(frozen=True)
class Filter:
    """A choice of networks; ANY leaves a criterion open."""

    chapter: str = ANY
    parameters: str = ANY
    years: str = ANY

    def keeps(self, entry: Entry) -> bool:
        least, most = PARAMETERS_OF[self.parameters]
        first, end = YEARS_OF[self.years]
        return (self.chapter in (ANY, entry.chapter) and first <= entry.year < end
                and least <= zoo.costs(entry.name).parameters < most)

    @property
    def kept(self) -> list[Entry]:
        """Select the networks that match, in the order of the course: by chapter, then as the zoo has them."""
        kept = [entry for entry in zoo.ZOO if self.keeps(entry)]
        return sorted(kept, key=lambda entry: zoo.CHAPTERS.index(entry.chapter))


def draw_filter(fields: DeltaGenerator, count: DeltaGenerator) -> Filter:
    """Draw the fields, and elsewhere the number of matches. Returns the filter.

    All are pills: a browser would have to fetch another field first.
    """
    prefill(CHAPTER, ANY)
    chapter = fields.pills(_("Chapter"), [ANY, *zoo.CHAPTERS], key=CHAPTER, required=True,
                           format_func=lambda name: _(name) if name else _("All"), persist_state="session",
                           label_visibility="collapsed")
    with fields.container(horizontal=True, gap="large"):
        chosen = Filter(chapter, _draw_pills(_("Parameters"), PARAMETERS, _parameters_words()),
                        _draw_pills(_("Year"), YEAR, _years_words()))
    with count:
        _draw_count(chosen)
    return chosen


def _draw_pills(label: str, key: str, words: dict[str, str]) -> str:
    """Draw a choice of at most one of these; none leaves the criterion open."""
    return st.pills(label, list(words), key=key, format_func=words.get, persist_state="session", width="content",
                    label_visibility="collapsed") or ANY


def draw_show_all(key: str) -> None:
    """Draw the button that clears the filter."""
    st.button(_("Show all networks"), key=key, icon=":material/filter_alt_off:", on_click=clear)


@uninterrupted
def clear() -> None:
    """Reset the filter to all networks."""
    fill(CHAPTER, ANY)
    for key in (PARAMETERS, YEAR):
        fill(key, None)


def _draw_count(chosen: Filter) -> None:
    left, total = len(chosen.kept), len(zoo.ZOO)
    if chosen == Filter():
        st.markdown(_("{count} networks, in the order of the course", count=total), width="content")
    else:
        st.markdown(f"**{_('{count} of {total} networks', count=left, total=total)}**", width="content")
        if left:  # else it stands below, where the cards would be
            draw_show_all("show_all")


def _parameters_words() -> dict[str, str]:
    return {"small": _("Up to 100,000 parameters"),
            "medium": _("100,000 to 10 million"), "large": _("More than 10 million")}


def _years_words() -> dict[str, str]:
    return {"early": _("Before 1990"), "lenet": _("1990 to 2011"), "deep": _("2012 and later")}
