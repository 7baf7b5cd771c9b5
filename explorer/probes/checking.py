"""Results of a probe checked before anybody draws them: the type, the lengths, the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.probes.probe import ProbeSpec
from explorer.results import Bars, Curves, Heatmap, Histogram, ImageGrid, Quantities, Writing
from explorer.text import Text, text


class WrongResult(ValueError):
    """A result that cannot be shown; `sentence` explains why.

    >>> import torch
    >>> from explorer.probes import run
    >>> run("prediction", torch.nn.Identity(), torch.full((1, 1), float("nan")))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    explorer.probes.checking.WrongResult: Prediction cannot be shown: the network's output is not a finite number. ...
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def check_results(probe: ProbeSpec, results: tuple[Any, ...]) -> None:
    """Raise WrongResult for nothing, a type that the probe does not declare, lengths that disagree, or numbers that
    are not finite. Maps and matrices may hold such numbers: they are drawn with a warning.
    """
    if not results:
        raise WrongResult(text("{title} cannot be shown: the probe returned nothing.", title=probe.title))
    for result in results:
        _check(probe, result)


def _check(probe: ProbeSpec, result: Any) -> None:
    if type(result) not in probe.returns:
        raise WrongResult(text("{title} cannot be shown: the probe returned {type}, which is not a type it declares.",
                               title=probe.title, type=type(result).__name__))
    if type(result) in _FITS and not _FITS[type(result)](result):
        raise WrongResult(text("{title} cannot be shown: the probe's values and their labels do not match in number.",
                               title=probe.title))
    if isinstance(result, Bars | Quantities) and not np.isfinite(result.values).all():
        raise WrongResult(text("{title} cannot be shown: the network's output is not a finite number. Choose an "
                               "earlier step.", title=probe.title))


def _fits_heatmap(result: Heatmap) -> bool:
    if np.ndim(result.values) != 2:
        return False
    rows, columns = result.values.shape
    across = result.column_labels if result.column_values is None else result.column_values
    return len(result.row_labels) in (0, rows) and len(across) in (0, columns)


def _is_row(labels: tuple[str, ...], values: Any) -> bool:
    return np.shape(values) == (len(labels),)


_FITS: dict[type, Callable[[Any], bool]] = {
    ImageGrid: lambda result: np.ndim(result.values) == 3,
    Heatmap: _fits_heatmap,
    Bars: lambda result: _is_row(result.labels, result.values),
    Quantities: lambda result: _is_row(result.labels, result.values),
    Histogram: lambda result: np.ndim(result.shares) == 1 and np.shape(result.edges) == (len(result.shares) + 1,),
    Curves: lambda result: all(np.ndim(each.x) == 1 and np.shape(each.x) == np.shape(each.y)
                               for each in result.curves),
    Writing: lambda result: isinstance(result.prompt, str) and isinstance(result.written, str),
}
