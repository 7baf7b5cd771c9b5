"""My blocks below the canvas: the blocks kept for all networks, each with a button to delete it."""

from __future__ import annotations

import streamlit as st

from explorer.ui.canvas.own_blocks import block_store
from explorer.ui.language import _, plain
from explorer.ui.session.notices import attempt
from explorer.ui.session.person import owner
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.workspace.block_store import KeptBlock


def draw_kept_blocks() -> None:
    """Draw the kept blocks, each with the button that deletes it."""
    blocks = block_store(owner()).list()
    if not blocks:
        st.container().caption(_("None yet. Group several blocks into one, then press Keep to have it in the palette "
                                 "of all your networks."))
    for block in blocks:
        _draw_row(block)


def _draw_row(block: KeptBlock) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"kept_block/{block.id}"):
        st.markdown(f"**{plain(block.name, 60)}**", width=360)
        if block.problem:
            st.markdown(f":small[:red[:material/error: {plain(_(block.problem), 200)}]]", width="content")
        st.button(_("Delete"), key=f"delete_block/{block.id}", icon=":material/delete:", on_click=_delete,
                  args=(block.name,), help=_("Networks that already contain it keep it."))


@uninterrupted
def _delete(name: str) -> None:
    attempt(lambda: block_store(owner()).delete(name))
