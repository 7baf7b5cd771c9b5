"""Results of a probe checked before anybody draws them: the types, the lengths, the numbers."""

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


def check_results(probe: ProbeSpec, results: tuple[Any, ...], has_finite_outputs: bool = True) -> None:
    """Raise WrongResult for nothing, a type that the probe does not declare, values that are no arrays of numbers,
    lengths that disagree, or numbers that are not finite; has_finite_outputs: whether the network is not to blame.

    Maps and matrices may hold numbers that are not finite: they are drawn with a warning.
    """
    if not results:
        raise WrongResult(text("{title} cannot be shown: the probe returned nothing.", title=probe.title))
    for result in results:
        _check_form(probe, result)
        if isinstance(result, Bars | Quantities) and not np.isfinite(result.values).all():
            raise WrongResult(_not_finite(probe, has_finite_outputs))


def _check_form(probe: ProbeSpec, result: Any) -> None:
    if type(result) not in probe.returns:
        raise WrongResult(text("{title} cannot be shown: the probe returned {type}, which is not a type it declares.",
                               title=probe.title, type=type(result).__name__))
    if type(result) in _ARRAYS and not all(map(_holds_numbers, _ARRAYS[type(result)](result))):
        raise WrongResult(text("{title} cannot be shown: the probe's values must be NumPy arrays of numbers.",
                               title=probe.title))
    if type(result) in _FITS and not _FITS[type(result)](result):
        raise WrongResult(text("{title} cannot be shown: the probe's values and their labels do not match in number.",
                               title=probe.title))


def _not_finite(probe: ProbeSpec, has_finite_outputs: bool) -> Text:
    if has_finite_outputs:
        return text("{title} cannot be shown: the result is not a finite number.", title=probe.title)
    return text("{title} cannot be shown: the network's output is not a finite number. Choose an earlier step.",
                title=probe.title)


def _holds_numbers(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind in "biuf"


def _fits_grid(result: ImageGrid) -> bool:
    return result.values.ndim == 3 and len(result.labels) in (0, len(result.values))


def _fits_heatmap(result: Heatmap) -> bool:
    if result.values.ndim != 2:
        return False
    rows, columns = result.values.shape
    across = result.column_labels if result.column_values is None else result.column_values
    return len(result.row_labels) in (0, rows) and len(across) in (0, columns)


def _fits_bars(result: Bars) -> bool:
    count = len(result.labels)
    return result.values.shape == (count,) and count > 0 and (result.highlight is None or 0 <= result.highlight < count)


def _fits_histogram(result: Histogram) -> bool:
    return result.shares.ndim == 1 and len(result.shares) > 0 and result.edges.shape == (len(result.shares) + 1,)


_ARRAYS: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    ImageGrid: lambda result: (result.values,),
    Heatmap: lambda result: (result.values, *([] if result.column_values is None else [result.column_values])),
    Bars: lambda result: (result.values,),
    Quantities: lambda result: (result.values,),
    Histogram: lambda result: (result.edges, result.shares),
    Curves: lambda result: tuple(values for each in result.curves for values in (each.x, each.y)),
}
_FITS: dict[type, Callable[[Any], bool]] = {
    ImageGrid: _fits_grid,
    Heatmap: _fits_heatmap,
    Bars: _fits_bars,
    Quantities: lambda result: result.values.shape == (len(result.labels),),
    Histogram: _fits_histogram,
    Curves: lambda result: all(each.x.ndim == 1 and each.x.shape == each.y.shape for each in result.curves),
    Writing: lambda result: isinstance(result.prompt, str) and isinstance(result.written, str),
}
