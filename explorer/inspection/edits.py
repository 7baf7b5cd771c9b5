"""Edits of a network's weights: what a person changed by hand, put over those that a run kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from explorer.formatting import format_shape
from explorer.spec import BadValue
from explorer.text import Text, text

MOST_EDITS, MOST_VALUES = 64, 65_536  # of one question
_MOST_AXES, _MOST_NAMED = 6, 3
_LARGEST = torch.finfo(torch.float32).max


@dataclass(frozen=True)
class WeightEdit:
    """New values of a box of a parameter. parameter: its name in the state dict, such as "conv1.weight".

    start: the box's first index, one number for each axis; shape: its sizes; values: the numbers, row by row.

    >>> WeightEdit.read({"parameter": "conv1.weight", "start": [0, 0, 1, 1], "shape": [1, 1, 1, 1], "values": [0.5]})
    WeightEdit(parameter='conv1.weight', start=(0, 0, 1, 1), shape=(1, 1, 1, 1), values=(0.5,))
    """

    parameter: str
    start: tuple[int, ...]
    shape: tuple[int, ...]
    values: tuple[float, ...]

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> WeightEdit:
        """Read an edit from a question's document. Raises BadValue."""
        try:
            edit = cls(str(given["parameter"]), _whole_numbers(given["start"]), _whole_numbers(given["shape"]),
                       tuple(map(float, given["values"])))
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise BadValue(text("This change of a weight could not be read. Undo it, or reload the page.")) from error
        if len(edit.start) != len(edit.shape) or math.prod(edit.shape) != len(edit.values) or \
                len(edit.shape) > _MOST_AXES or len(edit.values) > MOST_VALUES:
            raise BadValue(text("This change of a weight could not be read. Undo it, or reload the page."))
        if not all(abs(value) <= _LARGEST for value in edit.values):
            raise BadValue(text("A weight must be a finite number, at most 3.4 × 10³⁸."))
        return edit


def _whole_numbers(given: Sequence[Any]) -> tuple[int, ...]:
    if not all(type(value) is int and value >= 0 for value in given):
        raise ValueError(given)
    return tuple(given)


def apply_edits(model: nn.Module, edits: Sequence[WeightEdit]) -> Callable[[], None]:
    """Put edits into a model's parameters as `put_edits` does.

    >>> line = nn.Linear(2, 1)
    >>> undo = apply_edits(line, [WeightEdit("weight", (0, 1), (1, 1), (3.0,))])
    >>> line.weight[0, 1].item()
    3.0
    """
    return put_edits(dict(model.named_parameters()), edits)


def put_edits(parameters: Mapping[str, Tensor], edits: Sequence[WeightEdit]) -> Callable[[], None]:
    """Put edits into parameters by name, in order; all of them, or none where one does not fit. Raises BadValue.

    Return a function that puts back what was there before.
    """
    boxes = [(_box(parameters, edit), edit) for edit in edits]
    before: list[tuple[Tensor, Tensor]] = []
    with torch.no_grad():
        for box, edit in boxes:
            before.append((box, box.clone()))
            box.copy_(torch.tensor(edit.values, dtype=box.dtype).reshape(edit.shape))
    return partial(_put_back, before)


@torch.no_grad()
def _put_back(before: Sequence[tuple[Tensor, Tensor]]) -> None:
    for box, values in reversed(before):  # of two that overlap the later one holds what the earlier one wrote
        box.copy_(values)


def describe_edits(edits: Sequence[WeightEdit]) -> Text:
    """Describe edits in a few words, for a run that is made of them.

    >>> print(describe_edits([WeightEdit("conv1.weight", (0, 0), (1, 2), (0.0, 1.0))]))
    edited by hand: conv1.weight (2 weights)
    """
    names = list(dict.fromkeys(edit.parameter[:80] for edit in edits))
    listed = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
    count = sum(len(edit.values) for edit in edits)
    if count == 1:
        return text("edited by hand: {names} (1 weight)", names=listed)
    return text("edited by hand: {names} ({count} weights)", names=listed, count=f"{count:,}")


def _box(parameters: Mapping[str, Tensor], edit: WeightEdit) -> Tensor:
    values = parameters.get(edit.parameter)
    if values is None:
        raise BadValue(text("This network has no weights called {name}, which were changed by hand: undo that change.",
                            name=edit.parameter[:80]))
    stops = [start + size for start, size in zip(edit.start, edit.shape, strict=True)]
    if len(stops) != values.dim() or any(stop > size for stop, size in zip(stops, values.shape, strict=True)):
        raise BadValue(text("{name} is {shape}: a change by hand lies outside of it. Undo that change.",
                            name=edit.parameter[:80], shape=format_shape(tuple(values.shape))))
    return values[tuple(slice(start, stop) for start, stop in zip(edit.start, stops, strict=True))]
