"""My blocks: a person's own blocks, those of the open network first, then those kept from others."""

from __future__ import annotations

from explorer.document import DocumentError, Network
from explorer.training import RunStore
from explorer.workspace.block_store import BlockStore


def block_store(owner: str) -> BlockStore:
    """Open the blocks that a browser keeps."""
    return BlockStore(RunStore().folder / "blocks", owner)


def own_blocks(net: Network, kept_blocks: BlockStore) -> dict[str, tuple[str, ...]]:
    """{name: names of its inputs}; a kept block's inputs show once it is in the network."""
    kept = {block.name: ("input",) for block in kept_blocks.list() if block.problem is None}
    return kept | {name: definition.inputs for name, definition in net.definitions.items()}


def with_definition(net: Network, name: str, kept_blocks: BlockStore) -> Network:
    """The network with a kept block's definition; unchanged where it has one of this name, or none is kept."""
    if name in net.definitions:
        return net
    try:
        return net.with_(definitions={**net.definitions, name: kept_blocks.get(name)})
    except DocumentError:
        return net
