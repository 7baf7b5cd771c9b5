"""Other seeds: does a signal get through the same network with other random initial weights?"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from explorer.doctor.thresholds import OTHER_SEEDS
from explorer.recipe import Recipe
from explorer.training.loop.model import draw_model


def signals_of_other_seeds(recipe: Recipe, passes: Callable[[nn.Module], bool]) -> tuple[bool, ...]:
    """Check for each of the next seeds whether a signal gets through at the start: (seed,)."""
    return tuple(passes(draw_model(recipe, seed)) for seed in next_seeds(recipe))


def next_seeds(recipe: Recipe) -> range:
    return range(recipe.seed + 1, recipe.seed + 1 + OTHER_SEEDS)
