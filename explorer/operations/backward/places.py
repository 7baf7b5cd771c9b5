"""Places of a module's own inputs and parameters among the operands of its operation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from explorer.operations.rules.given import array
from explorer.results import Operation
from explorer.results.arithmetic import INPUT, PARAMETER


@dataclass(frozen=True)
class Place:
    """A value of an operand that changes with a value of the module: by `factor` times as much.

    >>> Place(0, (1, 2)).factor
    1.0
    """

    operand: int
    index: tuple[int, ...]
    factor: float = 1.0


_OPERAND_NAMES = {"matrix": "weight", "offset": "bias", "gamma": "scale", "score.weight": "score"}


def places_of_input(module: nn.Module, operation: Operation, port: int, sample: Tensor, flat: int) -> list[Place]:
    """Find the operands' values that one of an input's values is, or makes; [] where the operation does not hold it.

    port: the input's number; sample: its values without a batch axis; flat: the index into these.

    >>> import torch
    >>> from explorer.operations import describe
    >>> line, x = nn.Linear(2, 3), torch.ones(1, 2)
    >>> places_of_input(line, describe(line, (x,), line(x)), 0, x[0], 1)
    [Place(operand=0, index=(1,), factor=1.0)]
    """
    kind = type(module).__name__
    if kind == "AdditiveScores":
        return _projected((module.query, module.key)[port], operation, port, tuple(sample.shape), flat)
    if isinstance(module, nn.GLU):
        return _half(module, operation, tuple(sample.shape), flat)
    operands = [place for place, each in enumerate(operation.operands) if each.role == INPUT]
    return _same(operation, operands[port] if port < len(operands) else -1, sample, flat)


def places_of_parameter(module: nn.Module, operation: Operation, name: str, flat: int) -> list[Place]:
    """Find the operands' values that one of a parameter's values is; [] where the operation does not hold it.

    >>> import torch
    >>> from explorer.operations import describe
    >>> line, x = nn.Linear(2, 3), torch.ones(1, 2)
    >>> places_of_parameter(line, describe(line, (x,), line(x)), "weight", 3)
    [Place(operand=1, index=(1, 1), factor=1.0)]
    """
    values = module.get_parameter(name)
    if type(module).__name__ == "RelativePositionBias":
        return _of_table(module, operation, flat)
    wanted = {name, _OPERAND_NAMES.get(name, name)}
    operands = [place for place, each in enumerate(operation.operands) if each.role == PARAMETER]
    named = [place for place in operands if operation.operands[place].name in wanted]
    alike = [place for place in operands if operation.operands[place].values.size == values.numel()]
    return _same(operation, next(iter([*named, *alike]), -1), values, flat)


def parameter_places(module: nn.Module, operation: Operation, operand: int, read: np.ndarray) -> np.ndarray | None:
    """Find the flat places of a table that an operand's flat places were looked up at; None where there is no table.

    >>> import torch
    >>> from explorer.blocks import BLOCKS
    >>> from explorer.operations import describe
    >>> bias, scores = BLOCKS.get("relative_position_bias").build({}, ((2, 4, 4),)), torch.ones(1, 2, 4, 4)
    >>> parameter_places(bias, describe(bias, (scores,), bias(scores)), 1, np.array([0, 16])).tolist()
    [8, 9]
    """
    if type(module).__name__ != "RelativePositionBias":
        return None
    head, query, key = np.unravel_index(read, operation.operands[operand].values.shape)
    return module.index.cpu().numpy()[query, key] * module.table.shape[1] + head


def _same(operation: Operation, operand: int, values: Tensor, flat: int) -> list[Place]:
    """Take the value at the same flat place, as long as it is the same number."""
    if operand < 0 or operation.operands[operand].values.size != values.numel():
        return []
    found = operation.operands[operand].values
    same = np.isclose(found.reshape(-1)[flat], float(array(values.reshape(-1)[flat])), rtol=1e-3, equal_nan=True)
    return [Place(operand, _index(found.shape, flat))] if same else []


def _index(shape: tuple[int, ...], flat: int) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(flat, shape))) if shape else ()


def _projected(layer: nn.Linear, operation: Operation, operand: int, shape: tuple[int, ...], flat: int) -> list[Place]:
    """Find the hidden numbers that a value is projected to."""
    *lead, feature = _index(shape, flat)
    column = array(layer.weight)[:, feature]
    return [Place(operand, (*lead, hidden), float(weight)) for hidden, weight in enumerate(column)]


def _half(module: nn.GLU, operation: Operation, shape: tuple[int, ...], flat: int) -> list[Place]:
    """Find the half of the input that a value is in."""
    axis = len(shape) - 1 if module.dim == -1 else module.dim - 1
    index = list(_index(shape, flat))
    operand, index[axis] = divmod(index[axis], shape[axis] // 2)
    return [Place(operand, tuple(index))]


def _of_table(module: nn.Module, operation: Operation, flat: int) -> list[Place]:
    """Find all pairs of query and key that are as far apart as this row of the table."""
    row, head = _index(tuple(module.table.shape), flat)
    pairs = np.argwhere(module.index.cpu().numpy() == row).tolist()
    return [Place(1, (head, *pair)) for pair in pairs]
