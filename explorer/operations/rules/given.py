"""One call of a module, as the rules read it: the arrays of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor, nn

from explorer.results import Operand
from explorer.results.arithmetic import INPUT, PARAMETER

Found = tuple[object, tuple[Operand, ...]]  # a rule and its operands
AXES = {0: (), 1: ("feature",), 2: ("token", "feature"), 3: ("channel", "height", "width"),
        4: ("window", "head", "query", "key")}
_ROWS = {1: ("feature",), 2: ("token", "feature"), 3: ("window", "token", "feature")}
_SCORES = {2: ("query", "key"), 3: ("head", "query", "key"), 4: ("window", "head", "query", "key")}


class NoRule(Exception):
    """A module whose settings or inputs no rule covers."""


def array(tensor: Tensor) -> np.ndarray:
    """Return a tensor's values as float32; those of a float32 tensor on the CPU are not copied."""
    return tensor.detach().float().cpu().numpy()


def axes_of(dimensions: int) -> tuple[str, ...]:
    """Name the axes of an array of so many."""
    return AXES.get(dimensions) or tuple(f"axis {axis}" for axis in range(dimensions))


def rows_axes(dimensions: int) -> tuple[str, ...]:
    """Name the axes of rows of features, (..., token, feature)."""
    return _ROWS.get(dimensions) or axes_of(dimensions)


def scores_axes(dimensions: int) -> tuple[str, ...]:
    """Name the axes of attention scores, (..., query, key)."""
    return _SCORES.get(dimensions) or axes_of(dimensions)


def operand(name: str, values: np.ndarray, axes: Sequence[str] = (), role: str = INPUT) -> Operand:
    """Make an operand, with the usual axes of so many where none are given."""
    return Operand(name, values, tuple(axes) or axes_of(values.ndim), role)


def parameter(name: str, tensor: Tensor, axes: Sequence[str] = ()) -> Operand:
    """Make an operand of a parameter."""
    return operand(name, array(tensor), axes or ("output",) * (tensor.dim() == 1), PARAMETER)


@dataclass(frozen=True, eq=False)
class Given:
    """A module and the tensors of its last call; the sample is the first one.

    batch: how many samples there are; an axis of them is in front of every tensor with as many rows. 0: there is none.
    """

    module: nn.Module
    tensors: tuple[Tensor, ...]
    result: Tensor
    batch: int = 1

    def is_batched(self, tensor: Tensor) -> bool:
        """Check whether a tensor holds several samples, or one in an axis of its own."""
        return tensor.dim() > 0 and len(tensor) == self.batch

    def sample(self, tensor: Tensor) -> Tensor:
        """Take the first sample of a tensor."""
        return tensor[0] if self.is_batched(tensor) else tensor

    @cached_property
    def inputs(self) -> tuple[np.ndarray, ...]:
        """The first sample of every input."""
        return tuple(array(self.sample(tensor)) for tensor in self.tensors)

    @cached_property
    def output(self) -> np.ndarray:
        """The first sample's output."""
        return array(self.sample(self.result))

    @property
    def input(self) -> np.ndarray:
        """The first sample of the first input."""
        return self.inputs[0]

    def axis(self, axis: int) -> int:
        """Return an axis of the first input's whole tensor as one of its sample. Raises NoRule for the batch's."""
        found = axis % self.tensors[0].dim() - self.is_batched(self.tensors[0])
        if found < 0:
            raise NoRule
        return found
