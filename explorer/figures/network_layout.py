"""Layout of a network drawing: the reading order, and the column and lane of each node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from explorer.document import Network

MAX_DRAWN, HEAD, TAIL = 100, 6, 4
MORE = ""  # the id of the stand-in for what is left out: no node can have it


@dataclass(frozen=True)
class Place:
    """The place of a node: column and lane (0 is the middle one)."""

    column: int
    lane: int


def reading_order(network: Network) -> tuple[list[str], dict[str, list[str]], int]:
    """Order nodes after their parents where possible; returns nodes, their parents, and how many were left out."""
    known = network.by_id
    parents = {node: list(dict.fromkeys(e.source for e in network.edges_into(node) if e.source in known))
               for node in known}
    order = _topological(parents)
    if len(order) > MAX_DRAWN:
        left_out = len(order) - HEAD - TAIL
        head, tail = order[:HEAD], order[-TAIL:]
        kept = {**{node: parents[node] for node in head}, MORE: head[-1:],
                **{node: [p for p in parents[node] if p in tail] or [MORE] for node in tail}}
        return [*head, MORE, *tail], _forward([*head, MORE, *tail], kept), left_out
    return order, _forward(order, parents), 0


def _topological(parents: Mapping[str, list[str]]) -> list[str]:
    """Sort the nodes topologically; a cycle is opened at its first node in the document."""
    children: dict[str, list[str]] = {node: [] for node in parents}
    for node, above in parents.items():
        for parent in above:
            children[parent].append(node)
    waiting = {node: len(above) for node, above in parents.items()}
    ready, order, rest = [n for n, count in waiting.items() if count == 0], {}, iter(parents)
    while len(order) < len(parents):
        node = ready.pop(0) if ready else next(n for n in rest if n not in order)
        if node in order:
            continue
        order[node] = True
        for child in children[node]:
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    return list(order)


def _forward(order: list[str], parents: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Select the edges that go forward in this order."""
    at = {node: i for i, node in enumerate(order)}
    return {node: [p for p in parents[node] if p in at and at[p] < at[node]] for node in order}


def find_places(order: list[str], parents: Mapping[str, list[str]]) -> dict[str, Place]:
    """Assign a column per step of the longest path; a branch keeps the lane of the node before it if it is free."""
    places: dict[str, Place] = {}
    taken: set[tuple[int, int]] = set()
    for node in order:
        above = [places[p] for p in parents[node]]
        column = max((p.column for p in above), default=-1) + 1
        wanted = round(sum(p.lane for p in above) / len(above)) if above else 0
        lane = next(lane for lane in _lanes_from(wanted) if (column, lane) not in taken)
        taken.add((column, lane))
        places[node] = Place(column, lane)
    return places


def _lanes_from(wanted: int) -> Iterator[int]:
    """Yield `wanted`, then its neighbors by distance."""
    yield wanted
    for distance in range(1, 10_000):
        yield wanted + distance
        yield wanted - distance
