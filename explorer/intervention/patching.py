"""Patching: what a node gives for one input, or in one network, put in place of what it gives for another."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.formatting import format_shape
from explorer.intervention.resuming import Resumed
from explorer.spec import BadValue
from explorer.text import text

PARTS, PLACES, UNITS = KINDS = "parts", "places", "units"

Number = Callable[[Tensor], Tensor]  # from outputs (row, ...) to what is read off them: (row,)


@dataclass(frozen=True)
class Patches:
    """A number of the output without any patch, and its change for each of them.

    before: the number as it is. everything: with all of the node patched. parts: (part,) changes for each channel, or
    feature of tokens; places: (*space,) for each place, all its channels at once; units: of the node's shape. What was
    not asked for, or is not there, has no elements.

    >>> Patches(1.0, 3.0, torch.zeros(0), torch.zeros(0), torch.zeros(0)).change
    2.0
    """

    before: float
    everything: float
    parts: Tensor
    places: Tensor
    units: Tensor

    @property
    def change(self) -> float:
        """The change with all of the node patched."""
        return self.everything - self.before


def patch(resumed: Resumed, source: Tensor, number: Number, kinds: Collection[str] = KINDS,
          most_bytes: float = math.inf, report: Callable[[float], None] = lambda share: None) -> Patches:
    """Put the source's values in the place of a node's own: all, each part, each place, each unit.

    source: (1, ...) of the shape of the node's output. kinds: of PARTS, PLACES and UNITS. most_bytes: of what the later
    modules give in all passes of a kind; a kind that needs more is left out. Raises BadValue for another shape.
    Source: Vig et al. 2020; Meng et al. 2022, section 2 (causal tracing); Zhang & Nanda 2024.

    >>> from torch import nn
    >>> from explorer.intervention.resuming import resume_at
    >>> line = nn.Sequential(nn.Identity(), nn.Flatten())
    >>> resumed = resume_at(line, "0", torch.zeros(1, 2, 1, 2))
    >>> patches = patch(resumed, torch.arange(4.0).reshape(1, 2, 1, 2), lambda outputs: outputs.sum(1))
    >>> patches.everything, patches.parts.tolist(), patches.places.tolist()
    (6.0, [1.0, 5.0], [[2.0, 4.0]])
    """
    shape = tuple(resumed.output.shape[1:])
    if tuple(source.shape[1:]) != shape:
        raise BadValue(text("{node} gives {shape} here and {other} there: activations can be exchanged between inputs "
                            "and networks of equal shapes.", node=resumed.node, shape=format_shape(shape),
                            other=format_shape(tuple(source.shape[1:]))))
    source = source.to(resumed.output)
    before = number(resumed.outputs[:1])[0].item()
    everything = number(resumed.run(source[:1].clone()))[0].item()
    wanted = {name: entries for name, entries in _entries(shape).items()
              if name in kinds and _count(entries, source) * resumed.row_bytes <= most_bytes}
    total, done, found = sum(_count(entries, source) for entries in wanted.values()), 0, {}
    for name, entries in wanted.items():
        count = _count(entries, source)
        outputs = _run(resumed, source, entries, lambda share, done=done, count=count: report(
            (done + share * count) / total))
        found[name] = (number(outputs) - before).masked_fill(_are_equal(resumed.output, source, entries), 0.0)
        done += count
    none = torch.zeros(0)
    space = shape[1:] if len(shape) > 2 else shape[:1]
    return Patches(before, everything, found.get(PARTS, none),
                   found[PLACES].reshape(space) if PLACES in found else none,
                   found[UNITS].reshape(shape) if UNITS in found else none)


_Entries = Callable[[Tensor], Tensor]  # a view (row, entry, ...) of values (row, ...), each entry patched by itself


def _entries(shape: tuple[int, ...]) -> dict[str, _Entries]:
    """Return the ways to cut an output of this shape, without samples, into what is patched by itself."""
    if len(shape) < 2:
        return {PARTS: lambda values: values} if shape else {}
    maps: dict[str, _Entries] = {PARTS: lambda values: values.flatten(2),
                                 PLACES: lambda values: values.flatten(2).transpose(1, 2)}
    tokens: dict[str, _Entries] = {PARTS: lambda values: values.transpose(1, 2), PLACES: lambda values: values}
    return (tokens if len(shape) == 2 else maps) | {UNITS: lambda values: values.flatten(1)}


def _are_equal(own: Tensor, source: Tensor, entries: _Entries) -> Tensor:
    """Check which entries are the same here and there: (entry,). More rows round otherwise."""
    same = entries(own[:1])[0] == entries(source[:1])[0]
    return same if same.dim() == 1 else same.all(-1)


def _count(entries: _Entries, source: Tensor) -> int:
    return entries(source).shape[1]


def _run(resumed: Resumed, source: Tensor, entries: _Entries, report: Callable[[float], None]) -> Tensor:
    given = entries(source)[0]

    def make(values: Tensor, places: range) -> None:
        at = torch.arange(places.start, places.stop)
        entries(values)[torch.arange(len(places)), at] = given[at]
    return resumed.run_each(len(given), make, report)
