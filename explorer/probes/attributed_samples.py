"""Attributions of many samples: some at a time, small, and remembered by all that they depend on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor

from explorer.attribution import METHODS
from explorer.probes.attribution_probes import ATTRIBUTION_PROBES
from explorer.probes.options import resolve
from explorer.probes.samples import source_of
from explorer.probes.subject import SampleSource, Subject

MOST_BYTES = 64_000_000  # of the attributions that are remembered, over all networks
_AT_ONCE = 16  # samples of one call of a method, which takes fewer at a time where they are large
_PROBE_OF = {probe.name: probe for probe in ATTRIBUTION_PROBES}


@dataclass(frozen=True)
class SampleAttributions:
    """Attributions of samples by one method; kind and names as in `Attribution`.

    values: float32 (sample, row, column) with an image's channels summed, (sample, token) or (sample, feature).
    """

    kind: str
    names: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class BatchSamples:
    """A notebook's batch in a test part's place.

    >>> import torch
    >>> BatchSamples(torch.zeros(3, 2)).inputs([0, 2]).shape
    torch.Size([2, 2])
    """

    batch: Tensor

    def __len__(self) -> int:
        return len(self.batch)

    def inputs(self, places: Sequence[int] | slice) -> Tensor:
        return self.batch[places]


def samples_of(subject: Subject) -> SampleSource | BatchSamples:
    """Return the test samples of the subject's run; of a model without a recipe, the batch. Raises NotApplicable.

    >>> import torch
    >>> len(samples_of(Subject(torch.nn.ReLU(), torch.zeros(5, 2))))
    5
    """
    return BatchSamples(subject.batch) if subject.recipe is None and subject.samples is None else source_of(subject)


def with_samples(subject: Subject, places: Sequence[int]) -> Subject:
    """Return the same model with the samples at these places as its batch, and their targets where they are known.

    >>> import torch
    >>> with_samples(Subject(torch.nn.ReLU(), torch.arange(5.0)[:, None]), [3]).batch.tolist()
    [[3.0]]
    """
    source = samples_of(subject)
    targets = None if isinstance(source, BatchSamples) else source.targets(list(places))
    return replace(subject, batch=source.inputs(list(places)), target=targets, tokens=None, against=None, key=None)


def spread_places(count: int, of: int) -> list[int]:
    """Choose up to this many of a test part's places, evenly spread.

    >>> spread_places(3, 11)
    [0, 5, 10]
    """
    return np.unique(np.linspace(0, of - 1, min(count, of)).round().astype(int)).tolist()


def part_of(subject: Subject, done: float, share: float) -> Subject:
    """Return the same subject for a piece of the work: its progress counts from `done` on, for this share.

    >>> import torch
    >>> part_of(Subject(torch.nn.ReLU(), torch.zeros(1, 2), report=print), 0.5, 0.25).report(1.0)
    0.75
    """
    def report(inner: float) -> None:
        subject.report(done + share * inner)
    return replace(subject, report=report)


def attribute_samples(subject: Subject, method: str, places: Sequence[int], targets: str | Sequence[str] = "",
                      options: Mapping[str, Any] | None = None) -> SampleAttributions:
    """Attribute a number of the output to the values of test samples; a batch's, without a recipe.

    targets: what is explained, as an attribution probe's `target`, for all samples or one for each. options: the
    method's own. What was computed before for the same weights is remembered where those have a key; the attributions
    of one sample do not depend on which others are asked for with it. Reports progress; raises NotApplicable, BadValue.

    >>> import torch
    >>> line = torch.nn.Linear(2, 1, bias=False)
    >>> found = attribute_samples(Subject(line, torch.ones(3, 2)), "input_x_gradient", [0, 2], "1")
    >>> np.allclose(found.values, line.weight.detach())
    True
    """
    wanted = [targets] * len(places) if isinstance(targets, str) else list(targets)
    asked, found = list(zip(places, wanted, strict=True)), {}
    about = (subject.weights_key, method, tuple(sorted((options or {}).items())))
    if subject.weights_key is not None:
        found = {each: known for each in asked if (known := _memory.get((*about, *each))) is not None}
    missing = list(dict.fromkeys(each for each in asked if each not in found))
    done = 0
    for chunk in _chunks(method, missing):
        part = part_of(subject, done / len(missing), len(chunk) / len(missing))
        for each, row in zip(chunk, _compute(part, method, chunk, options or {}), strict=True):
            found[each] = row
            if subject.weights_key is not None:
                _memory.put((*about, *each), row)
        done += len(chunk)
        subject.report(done / len(missing))
    first = found[asked[0]]
    return SampleAttributions(first.kind, first.names, np.concatenate([found[each].values for each in asked]))


def _chunks(method: str, asked: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Yield samples that can be attributed together: those with the same target; each alone where a method draws."""
    at_once = 1 if any(spec.name == "seed" for spec in METHODS.get(method).params) else _AT_ONCE
    for target in dict.fromkeys(target for _place, target in asked):
        group = [each for each in asked if each[1] == target]
        yield from (group[first:first + at_once] for first in range(0, len(group), at_once))


def _compute(subject: Subject, method: str, chunk: list[tuple[int, str]],
             options: Mapping[str, Any]) -> Iterator[SampleAttributions]:
    probe, inner = _PROBE_OF[method], with_samples(subject, [place for place, _target in chunk])
    found = probe.compute(inner, **resolve(probe, inner, {**options, "target": chunk[0][1]}))
    values = found.values.sum(1) if found.values.ndim == 4 else found.values
    for row in values.astype(np.float32):
        yield SampleAttributions(found.kind, found.names, row[None].copy())


class _Memory:
    """Attributions of single samples, the least recently used forgotten."""

    def __init__(self) -> None:
        self._rows: OrderedDict[Hashable, SampleAttributions] = OrderedDict()
        self._size_bytes, self._lock = 0, threading.Lock()

    def get(self, key: Hashable) -> SampleAttributions | None:
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: Hashable, row: SampleAttributions) -> None:
        with self._lock:
            if key not in self._rows:
                self._size_bytes += row.values.nbytes
            self._rows[key] = row
            while self._size_bytes > MOST_BYTES:
                _key, oldest = self._rows.popitem(last=False)
                self._size_bytes -= oldest.values.nbytes


_memory = _Memory()
