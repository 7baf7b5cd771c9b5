"""My blocks: the user's own blocks, those of the open network first, then the kept ones."""

from __future__ import annotations

from explorer.document import DocumentError, Network
from explorer.training import RunStore
from explorer.workspace.block_store import BlockStore


def block_store(owner: str) -> BlockStore:
    """Open the store of blocks of a browser."""
    return BlockStore(RunStore().folder / "blocks", owner)


def own_blocks(net: Network, kept_blocks: BlockStore) -> dict[str, tuple[str, ...]]:
    """List {name: names of its inputs}; the inputs of a kept block are known once it is in the network."""
    kept = {block.name: ("input",) for block in kept_blocks.list() if block.problem is None}
    return kept | {name: definition.inputs for name, definition in net.definitions.items()}


def with_definition(net: Network, name: str, kept_blocks: BlockStore) -> Network:
    """Add a kept block's definition to the network, unless it has one of this name or none is kept."""
    if name in net.definitions:
        return net
    try:
        return net.with_(definitions={**net.definitions, name: kept_blocks.get(name)})
    except DocumentError:
        return net
