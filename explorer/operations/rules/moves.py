"""Rules of modules that only move values: they are run on the places in place of the values."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from explorer.operations.rules.given import Found, Given, NoRule, axes_of, operand, parameter
from explorer.results import Gather
from explorer.results.arithmetic import PARAMETER

_TOKENS, _HEADS = ("window", "token", "feature"), ("window", "head", "token", "feature")


def moved(module: nn.Module, given: Given) -> Found:
    """Read where each value of the output comes from, by running the module on the places of its inputs."""
    names = ("input",) if len(given.tensors) == 1 else [f"input {place + 1}" for place in range(len(given.tensors))]
    return _gather(module, given), tuple(operand(name, values, axes_before(module, values.ndim))
                                         for name, values in zip(names, given.inputs))


def axes_before(module: nn.Module, dimensions: int) -> tuple[str, ...]:
    """Name the axes of what heads or windows are made of, or merged from; () where the usual names do."""
    name = type(module).__name__
    return {"SplitHeads": _TOKENS[-dimensions:], "MergeHeads": _HEADS[-dimensions:],
            "WindowMerge": _TOKENS[-dimensions:]}.get(name, ())


def axes_behind(module: nn.Module, dimensions: int) -> tuple[str, ...]:
    """Name the axes of what was split, merged or moved; () where they are those of the input."""
    name = type(module).__name__
    if name == "Permute" and len(module.dims) == dimensions:
        return tuple(axes_of(dimensions)[axis - 1] for axis in module.dims)
    if name in ("Reshape", "WindowMerge"):
        return axes_of(dimensions)
    return {"SplitHeads": _HEADS[-dimensions:], "MergeHeads": _TOKENS[-dimensions:],
            "WindowPartition": _TOKENS[-dimensions:]}.get(name, ())


def _gather(module: nn.Module, given: Given) -> Gather:
    starts, places = [1], []  # 0 is left for what is filled in
    for tensor in given.tensors:
        sample = tensor[:1] if given.is_batched(tensor) else tensor
        places.append(torch.arange(starts[-1], starts[-1] + sample.numel(), dtype=torch.float64).view(sample.shape))
        starts.append(starts[-1] + sample.numel())
    with torch.no_grad():
        found = module(*places)
    if given.is_batched(given.result):
        found = found[0]
    index = found.numpy().astype(np.int64)
    if index.shape != given.output.shape:
        raise NoRule  # it moves values from sample to sample
    source = np.searchsorted(starts, index, "right") - 1
    return Gather(np.maximum(source, 0).astype(np.int32),
                  np.where(index, index - np.array(starts)[source], -1).astype(np.int32))


def class_token(module: nn.Module, given: Given) -> Found:
    """Read one learned token before the others."""
    (values,) = given.inputs
    size = values.shape[1]
    index = np.arange(values.size + size).reshape(-1, size)
    source = (index < size).astype(np.int32)
    return (Gather(source, np.where(source, index, index - size).astype(np.int32)),
            (operand("input", values), parameter("token", module.token, ("token", "feature"))))


def embedding(module: nn.Embedding, given: Given) -> Found:
    """Read an embedding: each token takes its row of the weight."""
    tokens = given.inputs[0]
    features = module.weight.shape[1]
    index = tokens.astype(np.int64)[..., None] * features + np.arange(features)
    return (Gather(np.ones(index.shape, np.int32), index.astype(np.int32), chooser=0),
            (operand("tokens", tokens, ("token",) * tokens.ndim),
             parameter("weight", module.weight, ("row", "feature"))))


def one_hot(module: nn.Module, given: Given) -> Found:
    """Read rows of zeros with a single one: a constant, where the class is the token's."""
    tokens = given.inputs[0]
    is_own = tokens.astype(np.int64)[..., None] == np.arange(module.classes)
    return (Gather(np.ones(is_own.shape, np.int32), np.where(is_own, 0, -1).astype(np.int32), chooser=0),
            (operand("tokens", tokens, ("token",) * tokens.ndim),
             operand("one", np.ones(1, np.float32), ("constant",), PARAMETER)))
