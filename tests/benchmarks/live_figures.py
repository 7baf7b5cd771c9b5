"""Figures of a benchmark against their budgets, and the statistics in them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A row of docs/benchmarks.md. met: whether the budget is; None where there is none."""

    what: str
    figure: str
    budget: str = "none"
    met: bool | None = None

    def as_row(self) -> str:
        verdict = {True: "met", False: "**missed**", None: ""}[self.met]
        return f"| {self.what} | {self.figure} | {self.budget} | {verdict} |"


def at(ordered: list[float], share: float) -> float:
    return ordered[int(share * (len(ordered) - 1))] if ordered else float("nan")


def span(values: list[float]) -> str:
    """The median, and the least and the largest."""
    return f"{statistics.median(values):,.0f} [{min(values):,.0f} to {max(values):,.0f}]"


def slope(values: list[float]) -> float:
    """The change from one value to the next, by least squares."""
    return statistics.linear_regression(range(len(values)), values).slope if len(values) > 1 else 0.0
