"""Search for the smallest change that flips an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_HALVINGS = 6


def smallest_that_flips(flips: Callable[[float], bool], strengths: Sequence[float], halvings: int = _HALVINGS,
                        report: Callable[[float], None] = lambda share: None) -> float | None:
    """Find the smallest strength of a change at which an answer flips: the first of `strengths`, then by bisection.

    strengths: ascending, above 0, the last the largest that is tried. An answer need not stay flipped at larger ones,
    so they are tried in order. None where none flips. report: takes the share that is done.

    >>> round(smallest_that_flips(lambda strength: strength >= 0.31, [0.25, 0.5, 0.75]), 2)
    0.31
    >>> smallest_that_flips(lambda strength: False, [0.5, 1.0])
    """
    below, tries = 0.0, len(strengths) + halvings
    for place, strength in enumerate(strengths):
        is_flipped = flips(strength)
        report((place + 1) / tries)
        if is_flipped:
            return _bisect(flips, below, strength, halvings, lambda share: report(1 - halvings / tries * (1 - share)))
        below = strength
    return None


def _bisect(flips: Callable[[float], bool], below: float, above: float, halvings: int,
            report: Callable[[float], None]) -> float:
    for done in range(halvings):
        middle = (below + above) / 2
        below, above = (below, middle) if flips(middle) else (middle, above)
        report((done + 1) / halvings)
    return above
