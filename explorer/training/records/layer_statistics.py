"""Layer statistics of a run at some of its steps, recorded beside its metrics; no torch.

A sample describes one step as it was trained: outputs, weights and gradients before its update, gradients before
clipping, and how far the update moved the weights. The weights of a layer are its matrices and kernels. Each quantity
is stored under its name, one value a layer, in the order of the fact `sampled_layers`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.training.records.metrics import NotYet, has_table, reading
from explorer.training.records.metrics_writer import MetricsWriter

# Runs recorded before quantities had names hold these five in one blob a sample; they also come first in a table.
_FIRST_QUANTITIES = ("mean", "spread", "dead", "saturated", "update")
WEIGHTS, GRADIENTS = "weights", "gradients"
BINS = 64
MOST_COUNTED = 65_521  # values of a layer: two bytes hold a count, and a prime falls in step with no kernel's side


@dataclass(frozen=True)
class Counts:
    """A histogram of a layer's values: counts (bin,) of 64 equal bins from -limit to limit.

    The outermost bins also hold what lies beyond.
    """

    limit: float
    counts: np.ndarray

    @property
    def edges(self) -> np.ndarray:
        """(bin + 1,)"""
        return np.linspace(-self.limit, self.limit, len(self.counts) + 1)

    def quantile(self, share: float) -> float:
        """Estimate the value below which this share of all lies; NaN where nothing was counted."""
        if not self.counts.sum():
            return float("nan")
        below = np.concatenate([[0.0], np.cumsum(self.counts, dtype=float)])
        return float(np.interp(share * below[-1], below, self.edges))


@dataclass(frozen=True)
class Sample:
    """One step's layer statistics. values: a quantity's name -> (layer,), NaN for a layer that does not have it.

    histograms: Counts by (address of the layer, WEIGHTS or GRADIENTS).
    """

    step: int
    values: Mapping[str, np.ndarray]
    histograms: Mapping[tuple[str, str], Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerStatistics:
    """All samples of a run. step: (sample,); values: a quantity's name -> (sample, layer)."""

    step: np.ndarray
    values: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.step)

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities that were recorded."""
        return tuple(self.values)

    def of(self, quantity: str) -> np.ndarray:
        """Return a quantity: (sample, layer), NaN where it was not recorded. Raises ValueError for an unknown one."""
        if quantity not in self.values:
            raise ValueError(f"no quantity {quantity!r} was recorded: there are {', '.join(self.values) or 'none'}")
        return self.values[quantity]

    def until(self, step: int) -> LayerStatistics:
        """Return the samples up to a step."""
        kept = self.step <= step
        return LayerStatistics(self.step[kept], {name: values[kept] for name, values in self.values.items()})


def write_samples(writer: MetricsWriter, samples: Iterable[Sample]) -> None:
    """Write samples beside the metrics. May raise sqlite3.Error."""
    samples = list(samples)
    writer.add_layer_values(
        ((s.step, name, values.astype("<f4").tobytes()) for s in samples for name, values in s.values.items()),
        ((layer, what, s.step, found.limit, found.counts.astype("<u2").tobytes())
         for s in samples for (layer, what), found in s.histograms.items()))


def read_layer_statistics(path: Path) -> LayerStatistics:
    """Read all samples so far, without their histograms. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            return _as_statistics({**_unnamed(db), **_named(db)})
    except NotYet:
        return no_samples()


def _named(db: sqlite3.Connection) -> dict[tuple[int, str], np.ndarray]:
    """Read each value (layer,) by step and quantity."""
    if not has_table(db, "layer_values"):
        return {}
    return {(step, quantity): np.frombuffer(packed, "<f4") for step, quantity, packed in
            db.execute("SELECT step, quantity, by_layer FROM layer_values")}


def _unnamed(db: sqlite3.Connection) -> dict[tuple[int, str], np.ndarray]:
    """Read them from the blobs of runs recorded before quantities had names."""
    if not has_table(db, "samples"):
        return {}
    samples = {step: np.frombuffer(packed, "<f4").reshape(len(_FIRST_QUANTITIES), -1)
               for step, packed in db.execute("SELECT step, layer_values FROM samples")}
    return {(step, quantity): values for step, sample in samples.items()
            for quantity, values in zip(_FIRST_QUANTITIES, sample, strict=True)}


def _as_statistics(found: dict[tuple[int, str], np.ndarray]) -> LayerStatistics:
    if not found:
        return no_samples()
    steps, recorded = sorted({step for step, _name in found}), {name for _step, name in found}
    names = [name for name in _FIRST_QUANTITIES if name in recorded] + sorted(recorded - set(_FIRST_QUANTITIES))
    nowhere = np.full_like(next(iter(found.values())), np.nan)
    return LayerStatistics(np.array(steps),
                           {name: np.stack([found.get((step, name), nowhere) for step in steps]) for name in names})


def no_samples() -> LayerStatistics:
    """Return the statistics of a run before its first sample."""
    return LayerStatistics(np.zeros(0, int), {})


def read_histograms(path: Path, layer: str, what: str) -> dict[int, Counts]:
    """Read the histograms of a layer's weights or gradients, by step. Raises DamagedMetrics."""
    try:
        with reading(path) as db:
            rows = db.execute("SELECT step, bound, counts FROM histograms WHERE layer = ? AND what = ? ORDER BY step",
                              (layer, what)).fetchall()
            return {step: Counts(limit, np.frombuffer(counts, "<u2")) for step, limit, counts in rows}
    except NotYet:
        return {}
