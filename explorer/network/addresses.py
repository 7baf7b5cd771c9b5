"""Addresses of nodes across versions of a network: renaming and grouping change them, and `moves` records how.

Two versions of a network share the beginning of their moves. Moves that only the later version has are applied; moves
that only the earlier one has (they were undone) are applied backwards.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import TypeVar

from explorer.document import Network

Value = TypeVar("Value")
Move = Mapping[str, str]

# A document may hold any list of moves. What was moved more often than this between two states is given up.
_MAX_STEPS = 1_000
_MAX_PARTS, _MAX_LENGTH = 24, 1_500  # a node eight blocks deep, each repeated, has 17 parts of at most 63 characters


def translate(address: str, moves_then: Sequence[Move], moves_now: Sequence[Move]) -> str | None:
    """Return the current address of a node by its address then; None if it was removed and another has its address.

    Any other removed node keeps its address. Names below a node, such as `conv1.weight`, are translated, too.
    """
    return translator(moves_then, moves_now)(address)


def translate_state(state: Mapping[str, Value], then: Network, now: Network) -> dict[str, Value]:
    """Rename the entries of a state dict from `then` to `now`, leaving out nodes whose address another node has."""
    find = translator(then.moves, now.moves)
    renamed = ((find(name), value) for name, value in state.items())
    return {name: value for name, value in renamed if name is not None}


def inverse(move: Move) -> dict[str, str]:
    """Return the inverse of a move. If a damaged document maps two addresses to one, the first is kept."""
    back: dict[str, str] = {}
    for old, new in move.items():
        back.setdefault(new, old)
    return back


def translator(moves_then: Sequence[Move], moves_now: Sequence[Move]) -> Callable[[str], str | None]:
    """Make a `translate` for many addresses between the same two versions."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(moves_then, moves_now)))
    back, ahead = map(_possible, reversed(moves_then[shared:])), map(_possible, moves_now[shared:])
    moves = [*map(inverse, back), *ahead]
    steps = [_step(move) for move in moves]
    touching: dict[str, list[int]] = {}  # the places of the moves that say something of addresses with this first part
    for place, move in enumerate(moves):
        for head in {_head(name) for pair in move.items() for name in pair}:
            touching.setdefault(head, []).append(place)

    def follow(address: str) -> str | None:
        found, done = address, 0
        for _ in range(_MAX_STEPS):
            places = touching.get(_head(found), [])
            following = bisect_left(places, done)
            if following == len(places):
                return found
            found, done = steps[places[following]](found), places[following] + 1
            if found is None:
                return None
        return None

    return follow


def _possible(move: Move) -> dict[str, str]:
    """Return the move without addresses that are too long."""
    return {old: new for old, new in move.items()
            if max(len(old), len(new)) <= _MAX_LENGTH and max(old.count("."), new.count(".")) < _MAX_PARTS}


def _head(address: str) -> str:
    return address.partition(".")[0]


def _step(move: Move) -> Callable[[str], str | None]:
    """Apply one move to an address. All its changes happen at once: {"a": "b", "b": "a"} swaps."""
    taken = set(move.values())
    containers = {prefix for old in move for prefix in _prefixes(old) if prefix != old}

    def follow(address: str) -> str | None:
        for prefix in _prefixes(address):
            if prefix in move:
                return move[prefix] + address[len(prefix):]
        if address in containers:  # it holds what moves, and stays where it is
            return address
        return None if any(prefix in taken for prefix in _prefixes(address)) else address

    return follow


def _prefixes(address: str) -> list[str]:
    """List the address and those of the nodes around it, longest first."""
    parts = address.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
