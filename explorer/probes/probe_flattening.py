"""Vectors that were flattened: the shape that they had, so that an image is drawn as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from torch import nn

from explorer.network.building import BuiltNetwork, leaf_sources_of
from explorer.probes.subject import Subject
from explorer.results import Operation

_MOST_BEHIND = 4  # nodes: the flattening, what is flattened, and a dropout or an activation between


def fold(operation: Operation, subject: Subject) -> Operation:
    """Note of each vector the shape that its values had before they were flattened.

    >>> import torch
    >>> from explorer.operations import describe
    >>> line = torch.nn.Linear(4, 1)
    >>> model, batch = torch.nn.Sequential(torch.nn.Flatten(), line), torch.ones(1, 1, 2, 2)
    >>> described = describe(line, (batch.flatten(1),), model(batch), node="1")
    >>> fold(described, Subject(model, batch)).operands[0].folded
    (1, 2, 2)
    """
    first, *others = operation.operands
    if first.values.ndim > 1 and operation.output.values.shape == (first.values.size,):
        return replace(operation, output=replace(operation.output, folded=first.values.shape))
    if first.values.ndim != 1:
        return operation
    return replace(operation, operands=(replace(first, folded=_shape_before(first.values, operation.node, subject)),
                                        *others))


def _shape_before(values: np.ndarray, node: str, subject: Subject) -> tuple[int, ...]:
    sample = subject.batch[0].detach().cpu()
    if sample.dim() > 1 and np.array_equal(values, sample.float().flatten().numpy()):
        return tuple(sample.shape)
    for source in _sources(subject.model, node):
        shape = tuple(subject.activations([source])[source].shape[1:])
        if len(shape) > 1:
            is_map = len(shape) == 3 and shape[1:] != (1, 1) and np.prod(shape) == values.size
            return shape if is_map else ()
    return ()


def _sources(model: nn.Module, node: str) -> Iterator[str]:
    """Yield what feeds a node, and what feeds that, as long as nothing is computed with weights between them."""
    for _ in range(_MOST_BEHIND if isinstance(model, BuiltNetwork) else 0):
        sources = leaf_sources_of(model, node)
        if len(sources) != 1 or not leaf_sources_of(model, sources[0]):
            return
        node = sources[0]
        yield node
        if next(model.get_submodule(node).parameters(), None) is not None:
            return
