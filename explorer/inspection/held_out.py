"""The samples that a run never learned from, made to fit its network when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from explorer import data
from explorer.data import Dataset, Samples, Shape
from explorer.recipe import Recipe
from explorer.training.loop.parts import input_shape, scale

NO_SAMPLES = (data.DataMissing, data.Misfit)  # why there is nothing to look at; each has a sentence


@dataclass(frozen=True)
class HeldOut:
    """The test part of a run's data. Images are fitted some at a time: all of MNIST's at 224×224 take 1.5 GB.

    >>> from explorer import zoo
    >>> from explorer.kinds import Chosen
    >>> held_out(zoo.recipe("googlenet").with_(data=Chosen("digits"))).inputs([3, 5]).shape
    torch.Size([2, 1, 96, 96])
    """

    part: Samples
    shape: Shape
    dataset: Dataset

    def __len__(self) -> int:
        return len(self.part)

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.part.class_names

    def inputs(self, places: Sequence[int] | slice) -> Tensor:
        """Return the inputs at these places as the network takes them, (sample, ...), to be changed as one likes."""
        taken = self.part.take(places)
        if self.dataset.kind is not data.TEXT:
            taken = data.fit(taken, self.shape, self.dataset)[0]
        return data.to_float(taken.inputs.clone())

    def targets(self, places: Sequence[int] | slice) -> Tensor:
        """Return the targets at these places, as the task's loss takes them."""
        return self.part.targets[places]

    def target_name(self, place: int) -> str:
        """Describe the target of a sample."""
        return self.part.target_name(place)


def held_out(recipe: Recipe) -> HeldOut:
    """Load the test part of a recipe's data. Raises data.DataMissing, data.Misfit, BadValue or UnknownName."""
    dataset = data.get(recipe.data.name, recipe.data.params)  # what was deleted meanwhile is not shown from memory
    params_json = json.dumps(dict(recipe.data.params), sort_keys=True)
    shape = input_shape(recipe.network)
    part = _load(recipe.data.name, params_json, shape if dataset.kind is data.TEXT else ())
    return HeldOut(scale(recipe, part), shape, dataset)


@lru_cache(maxsize=4)
def _load(name: str, params_json: str, cut_to: Shape) -> Samples:
    """Load the test part; a text in pieces of the length that is read. Shared: nobody may change its tensors."""
    params = json.loads(params_json)
    _train, test = data.load(name, params)
    return data.fit(test, cut_to, data.get(name, params))[0] if cut_to else test
