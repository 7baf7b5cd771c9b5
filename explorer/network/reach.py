"""Reachability: the nodes before and after a node. No torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from explorer.document import Network


def downstream(net: Network, node_ids: Iterable[str]) -> set[str]:
    """Return these nodes and all nodes after them."""
    return _reach(node_ids, lambda node_id: [edge.target for edge in net.edges_out_of(node_id)])


def upstream(net: Network, node_ids: Iterable[str]) -> set[str]:
    """Return these nodes and all nodes before them."""
    return _reach(node_ids, lambda node_id: [edge.source for edge in net.edges_into(node_id)])


def _reach(starts: Iterable[str], step: Callable[[str], list[str]]) -> set[str]:
    found, queue = set(starts), list(starts)
    while queue:
        for other in step(queue.pop()):
            if other not in found:
                found.add(other)
                queue.append(other)
    return found
