"""Chart of a cross-validation: one bar per fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.results import Bars

_MEASURES = (("val_accuracy", "Validation accuracy of each fold", "Accuracy"),
             ("val_loss", "Validation loss of each fold", "Loss"))


def folds(summaries: Mapping[int, Mapping[str, Any]]) -> Bars:
    """Chart the validation accuracy of each fold, or its loss if none has an accuracy; NaN where not known yet.

    summaries: the summary of each fold's run, by fold.

    >>> from explorer import charts
    >>> charts.folds({1: {"val_accuracy": 0.5}, 2: {"val_accuracy": 0.75}}).values.tolist()
    [0.5, 0.75]
    """
    measured = next((measure for measure in _MEASURES
                     if any(summary.get(measure[0]) is not None for summary in summaries.values())), _MEASURES[0])
    name, title, axis = measured
    values = np.array([summary.get(name) for summary in summaries.values()], np.float32)  # None becomes NaN
    return Bars(title, tuple(map(str, summaries)), values, axis)
