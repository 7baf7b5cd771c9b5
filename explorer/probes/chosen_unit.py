"""The unit that a probe is about: one value of a node's output, that of largest magnitude where none is named."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from explorer.formatting import format_shape
from explorer.spec import BadValue
from explorer.text import text

Unit = tuple[int, ...]


class NoUnit(BadValue):
    """A unit that a node's output lacks; `sentence` names the nearest one.

    >>> choose_unit("linear1", Tensor([1.0, 2.0]), (9,))
    Traceback (most recent call last):
    explorer.probes.chosen_unit.NoUnit: linear1 has no unit 9: its output is 2. The nearest one is 1.
    """


def choose_unit(node: str, output: Tensor, unit: Unit | None) -> Unit:
    """Complete an index into a node's output of one sample: what it leaves open becomes that of the largest magnitude.

    (3,) is the strongest place of map 3, None the strongest of all. Raises NoUnit for one that the output lacks.

    >>> import torch
    >>> choose_unit("conv1", torch.tensor([[[1.0, -2.0]], [[9.0, 1.0]]]), (0,))
    (0, 0, 1)
    """
    shape, given = tuple(output.shape), tuple(unit or ())
    if len(given) > len(shape) or any(not 0 <= at < size for at, size in zip(given, shape, strict=False)):
        raise NoUnit(text("{node} has no unit {unit}: its output is {shape}. The nearest one is {nearest}.",
                            node=node, unit=format_unit(given), shape=format_shape(shape),
                            nearest=format_unit(_nearest(given, shape))))
    inner = output.detach()[given].float().abs().nan_to_num()
    return (*given, *(int(at) for at in np.unravel_index(int(inner.argmax()), tuple(inner.shape))))


def format_unit(unit: Unit) -> str:
    """Write an index: `(3, 4, 5)`, or `7` alone."""
    return str(unit[0]) if len(unit) == 1 else f"({', '.join(map(str, unit))})"


def _nearest(unit: Unit, shape: tuple[int, ...]) -> Unit:
    return tuple(min(max(at, 0), size - 1) for at, size in zip(unit, shape, strict=False))
