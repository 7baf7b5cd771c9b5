"""My blocks: a person's own blocks, those of the open network first, then those kept from others."""

from __future__ import annotations

import streamlit as st

from explorer.document import DocumentError, Network
from explorer.network.nesting import self_contained
from explorer.training import RunStore
from explorer.ui.app.shell import attempt
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.workspace.block_store import BlockStore, KeptBlock


def block_store() -> BlockStore:
    """The kept blocks of this browser."""
    return BlockStore(RunStore().folder / "blocks", st.session_state.get(state.OWNER, ""))


def own_blocks(net: Network) -> dict[str, tuple[str, ...]]:
    """{name: names of its inputs}; a kept block's inputs show once it is in the network."""
    kept = {block.name: ("input",) for block in block_store().list() if block.fault is None}
    return kept | {name: definition.inputs for name, definition in net.definitions.items()}


def keep_block(net: Network, name: str) -> str:
    """Keep a definition of the network, for other networks too. Returns the name it is kept under. Raises OSError."""
    return block_store().keep(name, self_contained(net, name))


def with_definition(net: Network, name: str) -> Network:
    """The network with a kept block's definition; unchanged where it has one of this name, or none is kept."""
    if name in net.definitions:
        return net
    try:
        return net.with_(definitions={**net.definitions, name: block_store().get(name)})
    except DocumentError:
        return net


def draw_own_blocks() -> None:
    """The kept blocks, to delete what one needs no more."""
    blocks = block_store().list()
    if not blocks:
        st.container().caption(_("None yet. Make one block of several, then press Keep: every network of yours has it "
                                 "in the palette."))
    for block in blocks:
        _draw_row(block)


def _draw_row(block: KeptBlock) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"kept_block/{block.id}"):
        st.markdown(f"**{plain(block.name, 60)}**", width=360)
        if block.fault:
            st.markdown(f":small[:red[:material/error: {plain(_(block.fault), 200)}]]", width="content")
        st.button(_("Delete"), key=f"delete_block/{block.id}", icon=":material/delete:", on_click=_delete,
                  args=(block.name,), help=_("Networks that have it in them keep it."))


@uninterrupted
def _delete(name: str) -> None:
    attempt(lambda: block_store().delete(name))
