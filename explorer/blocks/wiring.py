"""Wiring of composite blocks that are not a plain chain."""

from __future__ import annotations

from typing import Any

from explorer.document import Edge, Network, Node

BEFORE = ""  # as a source: the step before

Step = tuple[Any, ...]  # id, block, params, then the ids of its sources by port


def wired(name: str, *steps: Step | None) -> Network:
    """Make a network of nodes (id, block, params, *sources); the last is the output.

    A step without sources follows the step before it. Steps that are None are left out.
    """
    kept = [step for step in steps if step]
    nodes = tuple(Node(node_id, block, params) for node_id, block, params, *_ in kept)
    edges, before = [], ""
    for node_id, block, _, *sources in kept:
        for port, source in enumerate(sources or [BEFORE] * (block != "input")):
            edges.append(Edge(source or before, node_id, 0, port))
        before = node_id
    return Network(name, nodes, tuple(edges), (before,))
