"""Class probabilities as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.results import Bars


def class_probabilities(probabilities: np.ndarray, class_names: Sequence[str], truth: int) -> Bars:
    """The probability of each class, the true one standing out. probabilities: (class,)."""
    return Bars("Class probabilities", tuple(class_names), probabilities, "probability", highlight=truth,
                limits=(0.0, 1.0))
