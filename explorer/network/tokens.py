"""The vocabulary of a network, as the blocks that read tokens state it."""

from __future__ import annotations

from explorer.document import Network
from explorer.network.check import Analysis

# By block: the setting that says how many different tokens it knows.
_COUNTS = {"embedding": "num_embeddings", "one_hot": "classes"}


def readers_of_tokens(net: Network, analysis: Analysis, address: str) -> dict[str, tuple[str, int]]:
    """Find {node: (the setting for its number of tokens, that number)} of the nodes directly after an input."""
    found = {}
    for edge in net.edges_out_of(address):
        block = net.node(edge.target).block
        if edge.target in analysis.params and block in _COUNTS:
            found[edge.target] = _COUNTS[block], analysis.params[edge.target][_COUNTS[block]]
    return found
