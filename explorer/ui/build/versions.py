"""Named versions of the network, their comparison, and a newer version from another tab."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from explorer.ui.app.shell import HOME, go_to
from explorer.ui.language import _, plain
from explorer.ui.session import draft, state, versions
from explorer.ui.session.fields import fill, typed
from explorer.ui.session.notices import attempt
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.workspace.draft_store import Version

_ROWS = 12
_NAME = "version_name"  # key of a field


def draw_newer() -> None:
    """Offer to load the network if another tab has changed it."""
    if draft.newer_elsewhere():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":orange[:material/sync:] {_('This network was changed in another tab.')}", width="content")
            st.button(_("Load that version"), key="take_newer", on_click=draft.take_newer)


def draw_compared() -> None:
    """Name the two versions that are compared, with buttons to stop or to go back."""
    number = versions.compared()
    version = next((version for version in versions.kept() if version.number == number), None)
    if version:
        with st.container(horizontal=True, vertical_alignment="center"):
            now = plain(draft.current().recipe.network.name, 60)
            st.markdown(f":material/compare_arrows: {plain(version.name, 60)} → **{now}**", width="content")
            st.button(_("Show {network} alone", network=now), key="stop_comparing", on_click=_compare, args=(number,))
            if st.button(_("Back to the networks"), key="back_home", type="tertiary", icon=":material/arrow_back:"):
                go_to(HOME)


def draw_versions() -> None:
    """Draw the field that keeps a version, and the kept versions to open, compare or delete."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(_("Name of the version"), key=_NAME, max_chars=120, width=320,
                      placeholder=_("e.g. with batch normalization"))
        st.button(_("Keep this version"), key="keep_version", icon=":material/bookmark_add:", on_click=_keep)
    kept = versions.kept()
    if not kept:
        st.container().caption(
            _("Every edit is saved automatically. A version is a state to return to or compare with."))
    for version in kept[:_ROWS]:
        _draw_row(version)
    if len(kept) > _ROWS:
        with st.expander(_("{count} older versions", count=len(kept) - _ROWS)):
            for version in kept[_ROWS:]:
                _draw_row(version)


def _draw_row(version: Version) -> None:
    compared = versions.compared() == version.number
    with st.container(horizontal=True, vertical_alignment="center", key=f"version/{version.number}"):
        when = datetime.fromtimestamp(version.created_s).strftime("%d %b %H:%M")
        st.markdown(f"**{plain(version.name, 60)}** :small[:gray[{when}]]", width=360)
        if version.problem:
            st.markdown(f":small[:red[:material/error: {plain(_(version.problem), 200)}]]", width="content")
        else:
            st.button(_("Open"), key=f"open_version/{version.number}", on_click=_open, args=(version.number,),
                      help=_("Opens this version for editing. Your current network is kept as a version."))
            st.button(_("Stop comparing") if compared else _("Compare"), key=f"compare_version/{version.number}",
                      type="primary" if compared else "secondary", on_click=_compare, args=(version.number,),
                      help=_("Shows what was added, removed and changed since."))
        st.button(_("Delete"), key=f"delete_version/{version.number}", icon=":material/delete:", on_click=_delete,
                  args=(version.number,))


@uninterrupted
def _keep() -> None:
    if attempt(lambda: versions.keep(typed(_NAME))):
        fill(_NAME, "")


@uninterrupted
def _open(number: int) -> None:
    versions.compare(None)
    attempt(lambda: versions.open_version(number))


@uninterrupted
def _compare(number: int) -> None:
    versions.compare(None if versions.compared() == number else number)
    state.PATH.clear()


@uninterrupted
def _delete(number: int) -> None:
    attempt(lambda: versions.delete(number))
