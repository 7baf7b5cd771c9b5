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


def most_likely(bars: Bars, count: int) -> Bars:
    """Chart the `count` most likely next tokens, largest first.

    >>> import numpy as np
    >>> most_likely(class_probabilities(np.array([0.2, 0.7, 0.1]), ["a", "b", "c"], truth=1), 2).labels
    ('b', 'a')
    """
    order = np.argsort(-bars.values, kind="stable")[:count]
    return Bars("What comes next", tuple(bars.labels[place] for place in order), bars.values[order], bars.axis,
                highlight=0, limits=bars.limits)
