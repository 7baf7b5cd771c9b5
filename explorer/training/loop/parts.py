"""Samples of a recipe: loaded, fitted to the network, split into training, validation and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer import data
from explorer.data import Samples
from explorer.document import Network, Shape
from explorer.network import derive_seed
from explorer.recipe import Recipe
from explorer.text import Text


@dataclass(frozen=True)
class Parts:
    """Training, validation and test samples; `note` describes how they were changed to fit, if they were."""

    train: Samples
    validation: Samples
    test: Samples
    note: Text | None = None


def load_parts(recipe: Recipe) -> Parts:
    """Load the recipe's samples in the shape of its network's input.

    Raises data.DataMissing, data.Misfit or BadValue.

    >>> from explorer import zoo
    >>> len(load_parts(zoo.recipe("playground")).train)
    450
    """
    dataset = data.get(recipe.data.name, recipe.data.params)
    train, test = data.load(recipe.data.name, recipe.data.params)
    shape = input_shape(recipe.network)
    train, note = data.fit(train, shape, dataset)
    test, _ = data.fit(test, shape, dataset)
    train, validation = SPLITS[recipe.rules["split"]](recipe, train)
    train, validation, test = (scale(recipe, part) for part in (train, validation, test))
    train = data.draw_subset(train, recipe.train_samples, derive_seed(recipe.seed, "subset"))
    train = data.with_label_noise(train, recipe.label_noise, derive_seed(recipe.seed, "label noise"))
    return Parts(train, validation, test, note)


def scale(recipe: Recipe, samples: Samples) -> Samples:
    """Scale samples of the recipe's data, of any part, by the recipe's rule."""
    return SCALINGS[recipe.rules["scaling"]](recipe, samples)


def _hold_out(recipe: Recipe, samples: Samples) -> tuple[Samples, Samples]:
    """Split off the validation part (version 1): one fold or a share, regardless of the samples' classes."""
    if recipe.folds is not None:
        return data.split_fold(samples, recipe.folds, recipe.fold, recipe.seed)
    return data.split_validation(samples, recipe.validation_share, recipe.seed)


def _as_kept(recipe: Recipe, samples: Samples) -> Samples:
    """Leave samples unchanged (version 1): a table was scaled on import, by its whole training part."""
    return samples


SPLITS: dict[int, Callable[[Recipe, Samples], tuple[Samples, Samples]]] = {1: _hold_out}  # both rules by version
SCALINGS: dict[int, Callable[[Recipe, Samples], Samples]] = {1: _as_kept}


def input_shape(net: Network) -> Shape:
    """Return the shape of a network's (first) input node. Raises StopIteration if there is none.

    >>> from explorer import zoo
    >>> input_shape(zoo.recipe("mlp").network)
    (1, 28, 28)
    """
    node = next(node for node in net.nodes if node.block == "input")
    return tuple(node.params.get("shape", (1, 28, 28)))
