"""Smoothing of noisy curves."""

from __future__ import annotations

import numpy as np


def smooth(y: np.ndarray, weight: float = 0.9) -> np.ndarray:
    """Compute the debiased exponential moving average of y, (point,) -> (point,) float64.

    m_t = weight·m_(t-1) + (1-weight)·y_t and the result is m_t / (1 - weight^t), so the first values are not
    pulled to zero. A point that is not finite stays as it is and leaves the average untouched.
    weight: 0 (no smoothing) up to, not including, 1; raises ValueError. Source: Kingma and Ba 2015, section 3.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"the weight of a moving average lies in [0, 1), not {weight}")
    smoothed = np.array(y, dtype=np.float64)
    mean, mass = 0.0, 0.0
    for i in np.flatnonzero(np.isfinite(smoothed)):
        mean = weight * mean + (1 - weight) * smoothed[i]
        mass = weight * mass + (1 - weight)
        smoothed[i] = mean / mass
    return smoothed
