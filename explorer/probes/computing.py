"""Computation of one probe: options and results checked, the model left as it was found."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import left_as_found
from explorer.probes.checking import check_results
from explorer.probes.options import resolve
from explorer.probes.probe import ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.text import text


def compute_probe(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> tuple[Any, ...]:
    """Compute a probe of a subject, as a tuple of results; the model is left as it was found.

    Raises BadValue, UnknownNode, NotApplicable, WrongResult, and whatever the probe or the model raises.

    >>> from explorer.probes import PROBES
    >>> subject = Subject(nn.Linear(2, 1), torch.zeros(1, 2), target_name="price")
    >>> compute_probe(PROBES.get("prediction"), subject, {})[0].labels
    ('price',)
    """
    _check_values(subject)
    with subject.held(), left_as_found(subject.model):
        subject.report(0.0)  # whoever waited for the model may not be wanted any more
        found = probe.compute(subject, **resolve(probe, subject, options))
    results = found if isinstance(found, tuple) else (found,)
    check_results(probe, results, subject.has_finite_outputs)
    return results


def _check_values(subject: Subject) -> None:
    """Raise NotApplicable for no sample, and for tensors of the device meta, which have a shape and no numbers."""
    if subject.batch.shape[:1] == (0,):
        raise NotApplicable(text("The batch holds no sample, so there is nothing to look at. Give one."))
    if any(each.is_meta for each in (*subject.model.parameters(), *subject.model.buffers())):
        raise NotApplicable(text("This model has no weights (device meta). Load them first."))
    if subject.batch.is_meta:
        raise NotApplicable(text("This input has no values (device meta). Give one that has some."))


@contextmanager
def generators_kept(model: nn.Module) -> Iterator[None]:
    """Give torch's, numpy's and Python's global generators back as they were, on the model's devices too."""
    devices = {parameter.device for parameter in model.parameters() if parameter.is_cuda}
    numpy_state, python_state = np.random.get_state(), random.getstate()
    try:
        with torch.random.fork_rng(list(devices)):
            yield
    finally:
        np.random.set_state(numpy_state)
        random.setstate(python_state)


def compute_alone(probe: ProbeSpec, model: nn.Module, batch: Tensor | np.ndarray, options: Mapping[str, Any]) -> Any:
    """Compute a probe of a model without a recipe: its result, or the tuple of several; generators are kept, too."""
    with generators_kept(model):
        results = compute_probe(probe, Subject(model, torch.as_tensor(batch)), options)
    return results[0] if len(results) == 1 else results
