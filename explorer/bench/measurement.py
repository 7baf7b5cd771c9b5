"""A measurement and the rows that it yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from explorer.bench.timing import Effort


@dataclass(frozen=True)
class Row:
    """One figure: `value` between `low` and `high` (95 %), against a limit; `cpu` is the equivalent in processor time.

    unit "share" reads as a percentage. figures: others measured with it, by name, for the JSON.
    """

    key: str
    title: str
    value: float
    unit: str = "×"
    low: float | None = None
    high: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    cpu: float | None = None
    detail: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Judge the whole interval: met or missed where it lies on one side, else within the spread."""
        if self.at_least is None and self.at_most is None:
            return ""
        bounds = [self.value] if self.low is None or self.high is None else [self.low, self.high]
        kept = {self._keeps(bound) for bound in bounds}
        return "within the spread" if len(kept) == 2 else "met" if kept == {True} else "missed"

    def _keeps(self, value: float) -> bool:
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)


@dataclass(frozen=True)
class Measurement:
    """A measurement that can run alone. `run(effort, device)` yields its rows; the first has its name as key."""

    name: str
    title: str
    run: Callable[[Effort, str], list[Row]] = field(repr=False)
