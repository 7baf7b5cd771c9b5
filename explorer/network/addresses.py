"""Where a node of an earlier state of a network is now: renaming and grouping change addresses, `moves` remember how.

Two states of one network share the beginning of their moves. What the later one added is applied; what the
earlier one had and the later one has not (it was undone) is applied backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import TypeVar

from explorer.document import Network

Value = TypeVar("Value")
Move = Mapping[str, str]


def translate(address: str, moves_then: Sequence[Move], moves_now: Sequence[Move]) -> str | None:
    """The address now of what had this one then; None where that was removed and another took its address.

    A node that was removed otherwise keeps the address it would have. Also for names below a node: `conv1.weight`.
    """
    return translator(moves_then, moves_now)(address)


def translate_state(state: Mapping[str, Value], then: Network, now: Network) -> dict[str, Value]:
    """A state dict of `then` under the names that `now` has for them; what lost its address to another is left out."""
    find = translator(then.moves, now.moves)
    renamed = ((find(name), value) for name, value in state.items())
    return {name: value for name, value in renamed if name is not None}


def inverse(move: Move) -> dict[str, str]:
    """The move that leads back. Of two addresses that a damaged document sends to one, the first is the one kept."""
    back: dict[str, str] = {}
    for old, new in move.items():
        back.setdefault(new, old)
    return back


def translator(moves_then: Sequence[Move], moves_now: Sequence[Move]) -> Callable[[str], str | None]:
    """`translate` for many addresses between the same two states."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(moves_then, moves_now)))
    moves = [inverse(move) for move in reversed(moves_then[shared:])] + [dict(move) for move in moves_now[shared:]]
    steps = [_step(move) for move in moves]
    touched = {name.partition(".")[0] for move in moves for pair in move.items() for name in pair}

    def follow(address: str) -> str | None:
        found: str | None = address
        for step in steps if address.partition(".")[0] in touched else ():
            found = None if found is None else step(found)
        return found

    return follow


def _step(move: Move) -> Callable[[str], str | None]:
    """What one move does to an address. All its changes happen at once: {"a": "b", "b": "a"} swaps."""
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
    """The address itself and those of what it lies in, longest first."""
    parts = address.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
