"""The speed limit of a run: at most so many steps a second."""

from __future__ import annotations

import math

_FASTEST = 1e6


class SpeedLimit:
    """Turns of a run's steps, on a clock that its caller reads. A new one is as fast as the machine.

    >>> limit = SpeedLimit()
    >>> limit.change(2.0, now_s=10.0)
    >>> [limit.take_turn(now_s) for now_s in (10.125, 10.5, 12.5)]
    [0.375, 0.5, 0.0]
    """

    def __init__(self) -> None:
        self.steps_per_s = 0.0  # 0: as fast as the machine
        self._due_s = 0.0

    def change(self, steps_per_s: float, now_s: float) -> None:
        """Set another limit, 0 for none; the step that waits is due now. Raises ValueError."""
        if not 0 <= steps_per_s <= _FASTEST:
            raise ValueError(f"{steps_per_s} is no number of steps a second")
        self.steps_per_s, self._due_s = steps_per_s, now_s

    def take_turn(self, now_s: float) -> float:
        """Give the next step its turn; returns the seconds until then. For once after every step."""
        interval_s = 1 / self.steps_per_s if self.steps_per_s else -math.inf
        self._due_s = max(self._due_s + interval_s, now_s)
        return self._due_s - now_s

    def wait_s(self, now_s: float) -> float:
        """Return the seconds until the turn taken last, 0 or less once it has come."""
        return self._due_s - now_s
