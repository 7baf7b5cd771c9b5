"""Inputs of the networks that are looked at: samples of the test part, and what people drew, typed or uploaded."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from explorer import data
from explorer.data import Samples
from explorer.data.changes import apply
from explorer.data.fitting import image_shape
from explorer.formatting import format_shape
from explorer.inspection.asked import InputAsked
from explorer.recipe import Recipe
from explorer.spec import BadValue
from explorer.text import text
from explorer.training.loop.parts import input_shape, scale

MOST_BYTES = 64_000_000  # of the inputs of all who ask
NO_SAMPLES = (data.DataMissing, data.Misfit)


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


@lru_cache(maxsize=4)
def _test_part(name: str, params_json: str, shape: tuple[int, ...]) -> Samples:
    params = json.loads(params_json)
    _train, test = data.load(name, params)
    return data.fit(test, shape, data.get(name, params))[0]


def test_part(recipe: Recipe) -> Samples:
    """Load the samples a run never learned from; nobody may change them.

    Raises data.DataMissing, data.Misfit, BadValue or UnknownName.
    """
    data.get(recipe.data.name, recipe.data.params)  # what was deleted meanwhile is not shown from memory
    params_json = json.dumps(dict(recipe.data.params), sort_keys=True)
    return scale(recipe, _test_part(recipe.data.name, params_json, input_shape(recipe.network)))


class Inputs:
    """Inputs by their content, bounded: the least recently used are forgotten."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._lock = most_bytes, threading.Lock()
        self._kept: OrderedDict[str, Tensor] = OrderedDict()

    def keep(self, values: np.ndarray, recipe: Recipe) -> str:
        """Keep an input of a recipe's network, (...) without the batch axis; return its hash. Raises BadValue."""
        wanted = input_shape(recipe.network)
        if values.shape != wanted or not np.isfinite(values).all():
            raise BadValue(text("This network takes {wanted} finite numbers, not {shape}.", wanted=format_shape(wanted),
                                shape=format_shape(values.shape) or "1"))
        tensor = torch.from_numpy(np.array(values))
        tensor = tensor if tensor.is_floating_point() else tensor.long()
        key = self.hash_of(tensor.numpy())
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = tensor[None]
            while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > self._most_bytes:
                self._kept.popitem(last=False)
        return key

    @staticmethod
    def hash_of(values: np.ndarray) -> str:
        """Return the name of an input by its numbers."""
        whole = values.astype(np.int64) if values.dtype.kind in "iu" else values
        return hashlib.blake2b(np.ascontiguousarray(whole).tobytes(), digest_size=16).hexdigest()

    def find(self, asked: InputAsked, recipe: Recipe) -> Input:
        """Find the input that is asked for, with its changes. Raises BadValue, or one of NO_SAMPLES."""
        if asked.pixels is not None or asked.hash is not None:
            found = self._sent(asked, recipe)
        else:
            found = _sample(asked.sample or 0, recipe)
        batch = changed(found.batch, asked.changes, recipe)
        return Input(batch, f"{found.key}/{asked.changes}/{asked.tokens}", found.hash, found.target, asked.tokens)

    def _sent(self, asked: InputAsked, recipe: Recipe) -> Input:
        key = asked.hash if asked.pixels is None else self.keep(asked.pixels, recipe)
        with self._lock:
            batch = self._kept.get(key)
            if batch is None:
                raise BadValue(text("This input is not kept any more. Draw or choose it again."))
            self._kept.move_to_end(key)
        return Input(batch, key, key)


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
    part = test_part(recipe)
    if place >= len(part):
        raise BadValue(text("There is no test sample {place}: the last one is {last}.", place=place,
                            last=len(part) - 1))
    return Input(data.to_float(part.inputs[place:place + 1].clone()), f"sample {place}",
                 target=part.targets[place:place + 1])
