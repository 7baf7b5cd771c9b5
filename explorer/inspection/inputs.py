"""Inputs of the networks that are looked at: samples of the test part, and what people drew, typed or uploaded."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer import data
from explorer.data.changes import apply
from explorer.data.fitting import image_shape
from explorer.formatting import format_shape
from explorer.inspection.asked import InputAsked
from explorer.inspection.held_out import held_out
from explorer.recipe import Recipe
from explorer.spec import BadValue
from explorer.text import text
from explorer.training.loop.parts import input_shape

MOST_BYTES = 64_000_000  # of the inputs of all who ask


@dataclass(frozen=True)
class Input:
    """An input as the model takes it, (1, ...), with what is known of it; `key` names its values.

    hash: of an input that was sent; "" for a sample. target: as the task's loss takes it, (1, ...), or None.
    """

    batch: Tensor
    key: str
    hash: str = ""
    target: Tensor | None = None
    tokens: int | None = None


class Inputs:
    """Inputs by their content, bounded: the least recently used are forgotten."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._lock = most_bytes, threading.Lock()
        self._kept: OrderedDict[str, Tensor] = OrderedDict()

    def keep(self, values: np.ndarray, recipe: Recipe) -> str:
        """Keep an input of a recipe's network, (...) without the batch axis; return its hash. Raises BadValue."""
        tensor = as_taken(values, recipe)
        key = hash_of(tensor)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = tensor[None]
            while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > self._most_bytes:
                self._kept.popitem(last=False)
        return key

    def find(self, asked: InputAsked, recipe: Recipe) -> Input:
        """Find the input that is asked for, with its changes. Raises BadValue, or one of NO_SAMPLES."""
        if asked.pixels is not None or asked.hash is not None:
            found = self._sent(asked, recipe)
        else:
            found = _sample(asked.sample or 0, recipe)
        batch = changed(found.batch, asked.changes, recipe)
        tokens = None if asked.tokens is None else min(asked.tokens, batch.shape[1])
        return Input(batch, f"{found.key}/{asked.edited}/{asked.changes}/{tokens}", found.hash, found.target, tokens)

    def _sent(self, asked: InputAsked, recipe: Recipe) -> Input:
        key = asked.hash if asked.pixels is None else self.keep(asked.pixels, recipe)
        with self._lock:
            batch = self._kept.get(key)
            if batch is None or tuple(batch.shape[1:]) != input_shape(recipe.network):
                raise BadValue(text("This input is not kept any more. Draw or choose it again."))
            self._kept.move_to_end(key)
        return Input(batch, key, key, None if asked.edited is None else _target(asked.edited, recipe))


def as_taken(values: np.ndarray, recipe: Recipe) -> Tensor:
    """Convert numbers that were sent to what the recipe's network takes: float32, or int64 tokens. Raises BadValue.

    >>> from explorer import zoo
    >>> as_taken(np.array([1, 2]), zoo.recipe("linear_regression"))
    tensor([1., 2.])
    """
    wanted, dataset = input_shape(recipe.network), data.get(recipe.data.name, recipe.data.params)
    if values.shape != wanted:
        raise BadValue(text("This network takes {wanted} numbers, not {shape}.", wanted=format_shape(wanted),
                            shape=format_shape(values.shape) or "1"))
    if dataset.kind is data.TEXT:
        if values.dtype.kind not in "iu" or values.min() < 0 or values.max() >= len(dataset.class_names):
            raise BadValue(text("This network takes characters by their numbers, from 0 to {last}.",
                                last=len(dataset.class_names) - 1))
        return torch.from_numpy(values.astype(np.int64))
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise BadValue(text("This network takes finite numbers."))
    return torch.from_numpy(values.astype(np.float32))


def hash_of(tensor: Tensor) -> str:
    """Return the name of an input by its numbers, shape and type.

    >>> hash_of(torch.zeros(4)) == hash_of(torch.zeros(2, 2))
    False
    """
    content = hashlib.blake2b(f"{tensor.dtype} {tuple(tensor.shape)}".encode(), digest_size=16)
    content.update(tensor.numpy().tobytes())
    return content.hexdigest()


def changed(batch: Tensor, changes: Sequence[tuple[str, float]], recipe: Recipe) -> Tensor:
    """Change an input of the recipe's network, before anything that the network does to it. Raises BadValue.

    >>> from explorer import zoo
    >>> changed(torch.tensor([[1.0, 2.0]]), (("noise", 0.0),), zoo.recipe("linear_regression"))
    tensor([[1., 2.]])
    """
    if not changes:
        return batch
    dataset = data.get(recipe.data.name, recipe.data.params)
    return apply(batch, dict(changes), image_shape(dataset, input_shape(recipe.network)))


def _sample(place: int, recipe: Recipe) -> Input:
    target = _target(place, recipe)
    return Input(held_out(recipe).inputs([place]), f"sample {place}", target=target)


def _target(place: int, recipe: Recipe) -> Tensor:
    """Return the target of a test sample, (1, ...). Raises BadValue."""
    part = held_out(recipe)
    if place >= len(part):
        raise BadValue(text("There is no test sample {place}: the last one is {last}.", place=place,
                            last=len(part) - 1))
    return part.targets([place])
