"""Which tokens a network knows: what reads them states how many there are."""

from __future__ import annotations

from explorer.document import Network
from explorer.network.check import Analysis

# By block: the setting that says how many different tokens it knows.
_COUNTS = {"embedding": "num_embeddings", "one_hot": "classes"}


def readers_of_tokens(net: Network, analysis: Analysis, address: str) -> dict[str, tuple[str, int]]:
    """{node: (the setting that says how many tokens it knows, how many)} of the nodes right behind an input."""
    found = {}
    for edge in net.edges_out_of(address):
        block = net.node(edge.target).block
        if edge.target in analysis.params and block in _COUNTS:
            found[edge.target] = _COUNTS[block], analysis.params[edge.target][_COUNTS[block]]
    return found
