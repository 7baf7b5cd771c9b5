"""Silencing of one part after the other: what each costs, and how many it takes to change an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.intervention.interventions import Index
from explorer.intervention.resuming import Resumed

Numbers = Callable[[Tensor], Tensor]  # from outputs (row, ...) to the numbers that are compared: (row, number)


def parts_of(shape: tuple[int, ...]) -> list[Index]:
    """List the parts of an output of this shape, without samples: channels, features of tokens, or units of a row.

    >>> parts_of((2, 5, 5)), parts_of((4, 3))
    ([(0,), (1,)], [(None, 0), (None, 1), (None, 2)])
    """
    if len(shape) == 2:
        return [(None, feature) for feature in range(shape[1])]
    return [(place,) for place in range(shape[0] if shape else 0)]


def units_of(shape: tuple[int, ...]) -> list[Index]:
    """List every unit of an output of this shape, without samples.

    >>> units_of((2, 2))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return [tuple(index) for index in torch.cartesian_prod(*(torch.arange(size) for size in shape)).reshape(
        -1, len(shape)).tolist()] if shape else []


def outputs_without(resumed: Resumed, parts: Sequence[Index]) -> Iterator[Tensor]:
    """Yield the outputs for all samples with one part silenced, for each part in turn.

    >>> from torch import nn
    >>> from explorer.intervention.resuming import resume_at
    >>> line = nn.Sequential(nn.Identity(), nn.Flatten())
    >>> resumed = resume_at(line, "0", torch.ones(2, 3))
    >>> [outputs.sum(0).tolist() for outputs in outputs_without(resumed, [(1,)])]
    [[2.0, 0.0, 2.0]]
    """
    for part in parts:
        values = resumed.output.clone()
        _silence(values, part)
        yield resumed.run(values)


def outputs_of_one_without(resumed: Resumed, parts: Sequence[Index],
                           report: Callable[[float], None] = lambda share: None) -> Tensor:
    """Compute the outputs for the first sample with each part silenced in turn: (part, ...)."""
    def make(values: Tensor, places: range) -> None:
        for row, place in enumerate(places):
            _silence(values[row:row + 1], parts[place])
    return resumed.run_each(len(parts), make, report)


@dataclass(frozen=True)
class Silenced:
    """Parts that were silenced one after the other until the answer changed, or all were.

    answer: the one before, by its index; end: the one after all. order: parts by their place, in the order in which
    they were silenced. margins: how far the answer's number is above the next one, before, and after each.

    >>> Silenced(3, 5, (0, 2), (1.0, 0.5, -0.25)).is_changed
    True
    """

    answer: int
    end: int
    order: tuple[int, ...]
    margins: tuple[float, ...]

    @property
    def is_changed(self) -> bool:
        return self.answer != self.end


def silence_greedily(resumed: Resumed, parts: Sequence[Index], numbers: Numbers,
                     report: Callable[[float], None] = lambda share: None) -> Silenced:
    """Silence, for the first sample, at each step the part that lowers the margin most, until the answer changes.

    >>> from torch import nn
    >>> from explorer.intervention.resuming import resume_at
    >>> line = nn.Sequential(nn.Identity(), nn.Flatten())
    >>> resumed = resume_at(line, "0", torch.tensor([[3.0, 2.0, 1.0]]))
    >>> silence_greedily(resumed, parts_of((3,)), lambda outputs: outputs)
    Silenced(answer=0, end=1, order=(0,), margins=(1.0, -2.0))
    """
    row = numbers(resumed.outputs[:1])
    answer = end = int(row[0].argmax())
    margins, order = [margins_of(row, answer)[0].item()], []
    while end == answer and len(order) < len(parts):
        left = [place for place in range(len(parts)) if place not in order]
        done = len(order) / len(parts)
        found = numbers(_with_one_more(resumed, parts, order, left,
                                       lambda share, done=done: report(done + share / len(parts))))
        after = margins_of(found, answer).nan_to_num(nan=torch.inf)
        best = int(after.argmin())
        order.append(left[best])
        margins.append(after[best].item())
        end = int(found[best].argmax())
    return Silenced(answer, end, tuple(order), tuple(margins))


def _with_one_more(resumed: Resumed, parts: Sequence[Index], order: Sequence[int], left: Sequence[int],
                   report: Callable[[float], None]) -> Tensor:
    """Compute the outputs without the parts so far and one of those that are left, for each of these."""
    def make(values: Tensor, places: range) -> None:
        for part in order:
            _silence(values, parts[part])
        for row, place in enumerate(places):
            _silence(values[row:row + 1], parts[left[place]])
    return resumed.run_each(len(left), make, report)


def margins_of(numbers: Tensor, answer: int) -> Tensor:
    """Compute how far an answer's number is above the largest other one: (row,).

    >>> margins_of(torch.tensor([[3.0, 1.0, 2.5]]), 0)
    tensor([0.5000])
    """
    others = torch.cat([numbers[:, :answer], numbers[:, answer + 1:]], 1)
    return numbers[:, answer] - others.amax(1)


def _silence(values: Tensor, part: Index) -> None:
    values[(slice(None), *(slice(None) if at is None else at for at in part))] = 0
