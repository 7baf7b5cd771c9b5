"""Was it the seed? The same network drawn under other seeds, asked whether a signal gets through at the start."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from explorer.doctor.thresholds import OTHER_SEEDS
from explorer.recipe import Recipe
from explorer.training.loop.model import draw_model


def signals_of_other_seeds(recipe: Recipe, passes: Callable[[nn.Module], bool]) -> tuple[bool, ...]:
    """Whether a signal gets through under each of the next seeds: (seed,)."""
    return tuple(passes(draw_model(recipe, seed)) for seed in next_seeds(recipe))


def next_seeds(recipe: Recipe) -> range:
    return range(recipe.seed + 1, recipe.seed + 1 + OTHER_SEEDS)
