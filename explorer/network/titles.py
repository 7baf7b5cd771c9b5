"""Titles of nodes: the names of their blocks, by address."""

from __future__ import annotations

from explorer.blocks import BLOCKS
from explorer.document import Network
from explorer.network.check import analyze


def block_title(net: Network, address: str) -> str:
    """Return the title of a node's block, or the name of a person's own; "" where there is no such node.

    >>> from explorer import zoo
    >>> block_title(zoo.get("googlenet"), "inception1.b2_conv1")
    'Conv2d'
    """
    *around, node_id = address.split(".")
    opened = analyze(net).at(tuple(around))
    node = (opened.net if opened else net).by_id.get(node_id)
    if node is None or bool(around) != bool(opened):
        return ""
    return node.params["definition"] if node.block == "composite" else BLOCKS.get(node.block).title
