"""Operations made small enough to travel: thinned in space and cut in channels where they are large."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np

from explorer.results import Gather, Operand, Operation, WeightedGather

LARGEST_BYTES = 2_000_000  # of float32 numbers in all operands and the output
_SPACE = ("height", "width", "position")
_SMALLEST_MAP = 32  # along a side: a smaller one is not thinned in space


def fitted(operation: Operation, largest_bytes: int = LARGEST_BYTES) -> Operation:
    """Return the operation with arrays of its own, thinned where they are larger than this in all.

    Along every axis of space each n-th value is kept; of channels and features the first ones.

    >>> import torch
    >>> from explorer.operations import describe
    >>> layer, x = torch.nn.Conv2d(3, 64, 3, padding=1), torch.zeros(1, 3, 224, 224)
    >>> small = fitted(describe(layer, (x,), layer(x)))
    >>> small.is_reduced, small.full_shape, small.output.values.shape, small.output.every
    (True, (64, 224, 224), (64, 56, 56), (1, 4, 4))
    """
    arrays = (*operation.operands, operation.output)
    if sum(each.values.nbytes for each in arrays) + _rule_bytes(operation.rule) <= largest_bytes:
        return replace(operation, operands=tuple(map(_copied, operation.operands)), output=_copied(operation.output))
    alike = [operation.output] * _copies_of_output(operation.rule)
    shares = _shares([each.values.nbytes for each in (*arrays, *alike)], largest_bytes)
    *operands, output = (thinned(each, share) for each, share in zip(arrays, shares))
    return replace(operation, operands=tuple(operands), output=output, is_reduced=True,
                   rule=_thinned_rule(operation.rule, output, operation.output.values.shape))


def _copies_of_output(rule: object) -> int:
    """Count the arrays of the rule that are as large as the output."""
    return 2 if isinstance(rule, Gather) else len(rule.index) if isinstance(rule, WeightedGather) else 0


def _shares(sizes: list[int], largest: int) -> list[int]:
    """Divide the bytes: the small arrays get what they need, the others the rest in equal parts."""
    shares = [0] * len(sizes)
    for done, place in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[place] = min(sizes[place], (largest - sum(shares)) // (len(sizes) - done))
    return shares


def _rule_bytes(rule: object) -> int:
    return sum(value.nbytes for each in fields(rule) if isinstance(value := getattr(rule, each.name), np.ndarray))


def _copied(operand: Operand) -> Operand:
    return replace(operand, values=np.array(operand.values, np.float32, order="C"))


def thinned(operand: Operand, largest: int) -> Operand:
    """Keep each n-th value along the axes of space, then the first ones along the others, up to so many bytes."""
    values = operand.values
    if values.nbytes <= largest:
        return _copied(operand)
    space = [axis for axis, name in enumerate(operand.axes) if name in _SPACE and values.shape[axis] > _SMALLEST_MAP]
    every, counts = [1] * values.ndim, list(values.shape)
    while space and _bytes(counts) > largest and min(counts[axis] for axis in space) > _SMALLEST_MAP:
        for axis in space:
            every[axis] += 1
            counts[axis] = -(-values.shape[axis] // every[axis])
    others = [axis for axis in range(values.ndim) if axis not in space] or list(range(values.ndim))
    while _bytes(counts) > largest and max(counts[axis] for axis in others) > 1:
        axis = max(others, key=counts.__getitem__)
        counts[axis] = max(1, min(counts[axis] - 1, max(counts[axis] // 2, largest * counts[axis] // _bytes(counts))))
    kept = values[tuple(slice(None, count * step, step) for count, step in zip(counts, every))]
    return replace(operand, values=np.array(kept, np.float32, order="C"), every=tuple(every), full_shape=values.shape,
                   labels=operand.labels[:counts[0]])


def _bytes(counts: list[int]) -> int:
    return 4 * math.prod(counts)


def _thinned_rule(rule: object, output: Operand, full: tuple[int, ...]) -> object:
    """Thin the arrays of a rule that belong to the output's places."""
    kept = tuple(slice(None, count * step, step) for count, step in
                 zip(output.values.shape, output.every or (1,) * len(full)))
    if isinstance(rule, Gather):
        return replace(rule, source=rule.source[kept], index=rule.index[kept])
    if isinstance(rule, WeightedGather):
        places = (slice(None), *kept[:rule.channel], *kept[rule.channel + 1:])
        return replace(rule, index=rule.index[places], weight=rule.weight[places])
    return rule
