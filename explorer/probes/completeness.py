"""The completeness error over test samples, which a single input is too few to show."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from explorer.attribution import Attributed
from explorer.probes.subject import Subject
from explorer.spec import Number
from explorer.text import Text

ERROR_SAMPLES = Number("samples", "Error over", 0, low=0, high=256, integer=True, unit="samples",
                       help="Over how many test samples the error is measured; 0 for the batch alone.")
_MOST_KNOWN = 256
_known: OrderedDict[Hashable, Completeness] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Completeness:
    """A completeness error, over how many samples it was measured, and its reason where that is known."""

    error: float
    samples: int
    reason: Text | None


def completeness_over_samples(attribute: Callable[[Subject], Attributed], subject: Subject, samples: int,
                              of: tuple[str, str, Mapping[str, Any]]) -> Completeness | None:
    """Measure the error over the first test samples; None where there are none. Known ones of the weights are recalled.

    attribute: attributes the batch of a subject. of: the method, the target and the options that it does so with.

    >>> completeness_over_samples(lambda subject: None, Subject(None, None), 8, ("saliency", "", {})) is None
    True
    """
    source = subject.samples
    if source is None or not len(source):
        return None
    method, target, options = of
    key = (subject.weights_key, method, target, samples, tuple(sorted(options.items())))
    is_named = subject.weights_key is not None and all(isinstance(each, Hashable) for each in options.values())
    if is_named and (found := _recall(key)) is not None:
        return found
    places = range(min(samples, len(source)))
    found = attribute(replace(subject, batch=source.inputs(places), target=source.targets(places), tokens=None,
                              against=None, key=None))
    measured = Completeness(found.error, len(found.sums), found.reason)
    if is_named:
        _remember(key, measured)
    return measured


def _recall(key: Hashable) -> Completeness | None:
    with _lock:
        return _known.get(key)


def _remember(key: Hashable, measured: Completeness) -> None:
    with _lock:
        _known[key] = measured
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
