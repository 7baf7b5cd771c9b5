"""Names of the parts of a node's output: channels, heads, features of tokens, or units of a row."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.attention import as_computed, find_attentions
from explorer.network.building import BuiltNetwork
from explorer.probes.subject import Subject
from explorer.text import Text, text


@dataclass(frozen=True)
class PartName:
    """A noun for a part, and for several.

    >>> print(PartName(text("unit"), text("units")).several)
    units
    """

    one: Text
    several: Text


_UNIT, _FEATURE = PartName(text("unit"), text("units")), PartName(text("feature"), text("features"))
_CHANNEL, _HEAD = PartName(text("channel"), text("channels")), PartName(text("head"), text("heads"))
_WINDOW = PartName(text("window"), text("windows"))


def part_name(subject: Subject, node: str, dimensions: int) -> PartName:
    """Name what is silenced or patched one by one, as `intervention.silencing.parts_of` lists it. dimensions: of the
    output without samples.

    >>> import torch
    >>> print(part_name(Subject(torch.nn.ReLU(), torch.zeros(1, 2)), "", 3).one)
    channel
    """
    if dimensions < 3:
        return _FEATURE if dimensions == 2 else _UNIT
    return {0: _HEAD, 1: _WINDOW}.get(head_axis(subject, node), _CHANNEL)


def head_axis(subject: Subject, node: str) -> int:
    """Return the axis of an attention's heads in what a node gives, without that of samples; -1 where there is none.

    >>> import torch
    >>> head_axis(Subject(torch.nn.ReLU(), torch.zeros(1, 2)), "relu1")
    -1
    """
    every = find_attentions(subject.model) if isinstance(subject.model, BuiltNetwork) else ()
    for each in as_computed(subject.model, subject.batch, [each for each in every if each.mix == node]):
        return int(each.is_windowed) if each.has_heads else -1
    return -1
