"""Drawings of a network for the flow of gradients: each level's nodes in columns and lanes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from explorer.document import Network
from explorer.figures.network_layout import find_places
from explorer.network import Analysis, analyze

MOST_NODES = 1_000  # of the levels that are drawn ahead; in deeper ones nodes follow each other


@lru_cache(maxsize=16)
def flow_levels(net: Network) -> dict[str, dict[str, Any]]:
    """Place the nodes of every level, by the address of the block around it.

    >>> from explorer import zoo
    >>> flow_levels(zoo.get("lenet"))[""]["lanes"]
    1
    """
    levels, waiting, nodes = {}, [("", net, analyze(net))], 0
    while waiting and nodes < MOST_NODES:
        inside, inner, analysis = waiting.pop(0)
        levels[inside] = _level(inside, inner, analysis)
        nodes += len(analysis.order)
        waiting += [(_address(inside, node), opened.net, opened.analysis) for node, opened in analysis.inside.items()]
    return levels


def _level(inside: str, net: Network, analysis: Analysis) -> dict[str, Any]:
    places = find_places(list(analysis.order), _parents(net, analysis))
    lanes = [place.lane for place in places.values()] or [0]
    return {
        "nodes": [{"address": _address(inside, node), "column": place.column, "lane": place.lane,
                   "opens": node in analysis.inside} for node, place in places.items()],
        "columns": max((place.column for place in places.values()), default=0) + 1,
        "lanes": max(lanes) - min(lanes) + 1, "lowest": min(lanes),
    }


def _parents(net: Network, analysis: Analysis) -> Mapping[str, list[str]]:
    return {node: list(dict.fromkeys(edge.source for edge in net.edges_into(node))) for node in analysis.order}


def _address(inside: str, node: str) -> str:
    return f"{inside}.{node}" if inside else node
