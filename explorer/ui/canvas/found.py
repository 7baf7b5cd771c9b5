"""A problem as the canvas shows it, and where it belongs."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.document import Problem

WHOLE = ""  # where a problem belongs to no node that is shown


@dataclass(frozen=True)
class Found:
    """A problem; a hint where the network is sound and only does not fit its data yet."""

    problem: Problem
    is_hint: bool = False
