"""The network of a recipe with the weights that its training starts from."""

from __future__ import annotations

from explorer.network import BuiltNetwork, build
from explorer.recipe import Recipe


def draw_model(recipe: Recipe, seed: int | None = None) -> BuiltNetwork:
    """Draw the weights of the recipe's network by the recipe's rule, under its seed or another. Raises Invalid."""
    return build(recipe.network, recipe.seed if seed is None else seed, recipe.init.spelled,
                 recipe.rules["initialization"])
