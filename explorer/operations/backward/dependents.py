"""The units of an output that depend on one value, with the derivative of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dependents:
    """Units of an operation's output and their derivative with respect to one value. A unit that is not here has none.

    units: flat indices into the output, in order, each once; local: float64, one for each.

    >>> Dependents.of([4, 2, 4], [1.0, 0.5, 2.0]).local.tolist()
    [0.5, 3.0]
    """

    units: np.ndarray
    local: np.ndarray

    @classmethod
    def of(cls, units: object, local: object = 1.0) -> Dependents:
        """Put units in order; a unit that depends in several ways has the sum of its derivatives."""
        flat = np.ravel(np.asarray(units, np.int64))
        values = np.broadcast_to(np.asarray(local, np.float64), np.shape(units)).ravel()
        found, place = np.unique(flat, return_inverse=True)
        return cls(found, np.bincount(place, values, len(found)))

    @classmethod
    def none(cls) -> Dependents:
        """Return those of a value that nothing depends on."""
        return cls.of(np.zeros(0, np.int64))

    @classmethod
    def nonzero(cls, derivatives: np.ndarray) -> Dependents:
        """Take the places of an array of derivatives, of the output's shape, that are not zero."""
        flat = np.asarray(derivatives, np.float64).ravel()
        units = np.flatnonzero(flat)
        return cls(units, flat[units])

    @classmethod
    def joined(cls, parts: Iterable[Dependents], factors: Sequence[float]) -> Dependents:
        """Add several up, each times a factor."""
        parts = tuple(parts)
        if not parts:
            return cls.none()
        return cls.of(np.concatenate([part.units for part in parts]),
                      np.concatenate([part.local * factor for part, factor in zip(parts, factors, strict=True)]))


def on_grid(shape: tuple[int, ...], along: Sequence[object]) -> np.ndarray:
    """Return the flat indices of all places of an array that have these indices along each of its axes.

    >>> on_grid((2, 3), (1, [0, 2])).tolist()
    [[3, 5]]
    """
    return np.ravel_multi_index(np.ix_(*(np.atleast_1d(np.asarray(each, np.int64)) for each in along)), shape)
