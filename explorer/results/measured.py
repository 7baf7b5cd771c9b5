"""Measurements of a run's network, before they become charts: mistakes, calibration, a check-up of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


def share_of(some: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Compute `some / total` element by element, NaN where the total is 0.

    >>> share_of(np.array([1, 0]), np.array([4, 0])).tolist()
    [0.25, nan]
    """
    return np.divide(some, total, out=np.full(len(total), np.nan), where=total > 0)


def name_classes(known: Sequence[str], count: int) -> tuple[str, ...]:
    """Name `count` classes: the known names, and their numbers for those beyond.

    >>> name_classes(("cat", "dog"), 3)
    ('cat', 'dog', '2')
    """
    return (*known, *map(str, range(len(known), count)))[:count]


@dataclass(frozen=True)
class Mistakes:
    """The most wrong samples, the surest mistake first.

    index: (sample,) places in the part; target, predicted: (sample,) classes; probability: (sample,) of the predicted;
    inputs: (sample, channel, height, width) in 0..1 for images, else (sample, feature).
    """

    index: np.ndarray
    target: np.ndarray
    predicted: np.ndarray
    probability: np.ndarray
    inputs: np.ndarray


@dataclass(frozen=True)
class Calibration:
    """Confidence against accuracy, in equal bins of confidence, (0, 0.1] to (0.9, 1].

    confidence, accuracy: (bin,) float64 means, NaN in a bin that holds nothing; count: (bin,) samples.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """Compute the expected calibration error: sum over bins of |bin| / n · |accuracy - confidence|.

        Source: Guo et al. 2017, On Calibration of Modern Neural Networks, eq. 3.
        """
        return self._mean(np.abs(self.accuracy - self.confidence))

    @property
    def mean_confidence(self) -> float:
        return self._mean(self.confidence)

    @property
    def mean_accuracy(self) -> float:
        return self._mean(self.accuracy)

    def _mean(self, values: np.ndarray) -> float:
        """Average per-bin values over all samples."""
        return float(np.nansum(self.count * values) / self.count.sum())


@dataclass(frozen=True)
class Report:
    """confusion: (true class, predicted class) counts, int64; part: train, validation or test, the one it is about."""

    part: str
    step: int
    class_names: tuple[str, ...]
    confusion: np.ndarray
    mistakes: Mistakes
    calibration: Calibration

    @property
    def class_counts(self) -> np.ndarray:
        """Count the samples of each class: (class,)."""
        return self.confusion.sum(1)

    @property
    def class_accuracy(self) -> np.ndarray:
        """Compute the accuracy of each class, NaN for a class without samples: (class,)."""
        return share_of(self.confusion.diagonal(), self.class_counts)


@dataclass(frozen=True)
class Layers:
    """Every node that computes, in the order of the forward pass.

    weighted: whether it has a matrix or kernel, (layer,); values: each quantity by its name, (layer,), NaN where it
    makes no sense: those of its output that `describe_output` measures; activation_gradient, the norm of the loss's
    gradient with respect to its output; gradient and weight, norms over its parameters.

    >>> layers = Layers(("conv1",), ("Conv2d",), np.array([True]), {"mean": np.ones(1)})
    >>> layers.column("mean").tolist()
    [1.0]
    """

    addresses: tuple[str, ...]
    kinds: tuple[str, ...]
    weighted: np.ndarray
    values: Mapping[str, np.ndarray]

    def column(self, name: str, only: np.ndarray | None = None) -> np.ndarray:
        """Select one quantity, of all layers or of some: (layer,)."""
        values = self.values[name]
        return values if only is None else values[only]

    def names(self, only: np.ndarray) -> tuple[str, ...]:
        return tuple(np.array(self.addresses, dtype=object)[only])


@dataclass(frozen=True)
class CheckUp:
    """The state of a network on the fixed batch at one step.

    first_bad: the first layer whose output is no finite number, empty where all are. confusion: (true class, predicted
    class), counts over samples of `part`; None where the answer is no class. class_names: (class,). part: validation,
    or train where no samples are held out.
    """

    step: int
    layers: Layers
    loss: float
    first_bad: str
    confusion: np.ndarray | None
    class_names: tuple[str, ...] = ()
    part: str = "validation"
