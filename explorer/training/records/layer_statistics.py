"""What the full instruments saw inside a run at some of its steps, kept beside its metrics; no torch.

All of a sample is of one step as it was trained: outputs, weights and gradients before its update, gradients before
clipping, and how far the update moved the weights. The weights of a layer are its matrices and kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.training.records.metrics import MetricsWriter, NotYet, reading

QUANTITIES = ("mean", "spread", "dead", "saturated", "update")
WEIGHTS, GRADIENTS = "weights", "gradients"
BINS = 64
MOST_COUNTED = 65_521  # values of a layer: two bytes hold a count, and a prime falls in step with no kernel's side


@dataclass(frozen=True)
class Counts:
    """How many values of a layer lie in each of 64 equal bins from -limit to limit. counts: (bin,).

    The outermost bins hold what lies beyond as well.
    """

    limit: float
    counts: np.ndarray

    @property
    def edges(self) -> np.ndarray:
        """(bin + 1,)"""
        return np.linspace(-self.limit, self.limit, len(self.counts) + 1)

    def quantile(self, share: float) -> float:
        """The value below which this share of all lies, as far as bins tell; NaN where nothing was counted."""
        if not self.counts.sum():
            return float("nan")
        below = np.concatenate([[0.0], np.cumsum(self.counts, dtype=float)])
        return float(np.interp(share * below[-1], below, self.edges))


@dataclass(frozen=True)
class Sample:
    """One step seen from inside. values: (quantity, layer) in the order of QUANTITIES, NaN where one makes no sense.

    histograms: Counts by (address of the layer, WEIGHTS or GRADIENTS).
    """

    step: int
    values: np.ndarray
    histograms: Mapping[tuple[str, str], Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class Inside:
    """All samples of a run. step: (sample,); values: (sample, quantity, layer)."""

    step: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.step)

    def of(self, quantity: str) -> np.ndarray:
        """(sample, layer). Raises ValueError where it is none of QUANTITIES."""
        return self.values[:, QUANTITIES.index(quantity)]


def write_samples(writer: MetricsWriter, samples: Iterable[Sample]) -> None:
    """May raise sqlite3.Error."""
    samples = list(samples)
    writer.add_samples(
        ((s.step, s.values.astype("<f4").tobytes()) for s in samples),
        ((layer, what, s.step, found.limit, found.counts.astype("<u2").tobytes())
         for s in samples for (layer, what), found in s.histograms.items()))


def read_inside(path: Path) -> Inside:
    """All samples so far, without their histograms. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            rows = db.execute("SELECT step, layer_values FROM samples ORDER BY step").fetchall()
            values = [np.frombuffer(row[1], "<f4").reshape(len(QUANTITIES), -1) for row in rows]
            return Inside(np.array([row[0] for row in rows]), np.stack(values)) if rows else no_samples()
    except NotYet:
        return no_samples()


def no_samples() -> Inside:
    """What there is to see before the first sample."""
    return Inside(np.zeros(0, int), np.zeros((0, len(QUANTITIES), 0), np.float32))


def read_histograms(path: Path, layer: str, what: str) -> dict[int, Counts]:
    """A layer's weights or gradients, by step. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            rows = db.execute("SELECT step, bound, counts FROM histograms WHERE layer = ? AND what = ? ORDER BY step",
                              (layer, what)).fetchall()
            return {step: Counts(limit, np.frombuffer(counts, "<u2")) for step, limit, counts in rows}
    except NotYet:
        return {}
