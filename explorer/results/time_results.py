"""Change over training: films of maps and kernels, and distributions of values step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class Film:
    """A map of a node, or its kernels, at steps of training.

    steps: int32 (step,), those of `frames`: float32 (step, tile, height, width), a map alone or a layer's kernels, row
    by row with `across` tiles in a row: rows outputs, columns inputs. place: the map's index along the leading axes.
    every: steps (rows, columns) between the values shown, which are exact. total: how many maps there are along each of
    the leading axes, or how many kernels (output, input).
    limit: the largest finite magnitude in these frames. epoch, loss: (step,), NaN where they were not recorded.
    every_step: int32, all steps of the film, of which this may be a part. damaged: those that could not be read. note:
    what a person should know of it.
    """

    title: Text
    node: str
    what: str
    place: tuple[int, ...]
    steps: np.ndarray
    frames: np.ndarray
    across: int
    total: tuple[int, ...]
    every: tuple[int, int]
    signed: bool
    limit: float
    epoch: np.ndarray
    loss: np.ndarray
    every_step: np.ndarray
    damaged: tuple[int, ...] = ()
    note: Text | None = None


@dataclass(frozen=True)
class HistogramSeries:
    """Histograms of a node's values at steps of training, all on the same edges.

    steps: int32 (step,). edges: float64 (bin + 1,), from the smallest to the largest finite value of all steps. counts:
    int32 (step, bin). mean, spread: (step,), spread the standard deviation. percentiles: (step, share) for `shares`.
    not_finite: int32 (step,), how many values are no number. counted, total: values of a step that were counted, and
    that there are. epoch, loss: (step,), NaN where they were not recorded. damaged: steps that could not be read.
    note: what a person should know of it.
    """

    title: Text
    node: str
    what: str
    steps: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    shares: tuple[float, ...]
    percentiles: np.ndarray
    not_finite: np.ndarray
    counted: int
    total: int
    epoch: np.ndarray
    loss: np.ndarray
    damaged: tuple[int, ...] = ()
    note: Text | None = None
