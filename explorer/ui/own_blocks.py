"""My blocks: a person's own blocks, those of the open network first, then those kept from others."""

from __future__ import annotations

import streamlit as st

from explorer.document import DocumentError, Network
from explorer.network.inside import self_contained
from explorer.training import RunStore
from explorer.ui import state
from explorer.ui.block_store import BlockStore


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
