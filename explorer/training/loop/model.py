"""The network of a recipe with the weights that its training starts from."""

from __future__ import annotations

from torch import nn

from explorer.network import BuiltNetwork, build
from explorer.recipe import Recipe


def draw_model(recipe: Recipe, seed: int | None = None) -> BuiltNetwork:
    """Draw the weights of the recipe's network by the recipe's rule, under its seed or another. Raises Invalid."""
    return build(recipe.network, recipe.seed if seed is None else seed, recipe.init.spelled,
                 recipe.rules["initialization"])


def prefers_channels_last(model: nn.Module) -> bool:
    """Return whether a convolutional network runs faster on a CPU with channels last in memory (docs/benchmarks.md).

    Average pooling and wide convolutions gain; max pooling over a few channels loses.
    """
    modules = list(model.modules())
    widths = [module.out_channels for module in modules if isinstance(module, nn.Conv2d)]
    pools_maxima = any(isinstance(module, nn.MaxPool2d) for module in modules)
    return bool(widths) and (min(widths) >= 8 or not pools_maxima)
