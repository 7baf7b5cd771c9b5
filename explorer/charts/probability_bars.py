"""Bar charts of class probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.results import Bars


def class_probabilities(probabilities: np.ndarray, class_names: Sequence[str], truth: int) -> Bars:
    """Chart the probability of each class, the true one highlighted. probabilities: (class,).

    >>> import numpy as np
    >>> class_probabilities(np.array([0.25, 0.75]), ["cat", "dog"], truth=1).labels
    ('cat', 'dog')
    """
    return Bars("Class probabilities", tuple(class_names), probabilities, "probability", highlight=truth,
                limits=(0.0, 1.0))
