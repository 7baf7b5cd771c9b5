"""Optimizers by the names recipes give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import nn, optim

from explorer.recipe import Recipe


def _sgd(parameters: Iterable[nn.Parameter], params: dict, weight_decay: float) -> optim.Optimizer:
    return optim.SGD(parameters, lr=params["lr"], momentum=params["momentum"], weight_decay=weight_decay, fused=True)


def _adam(parameters: Iterable[nn.Parameter], params: dict, weight_decay: float) -> optim.Optimizer:
    return optim.Adam(parameters, lr=params["lr"], betas=(params["beta1"], params["beta2"]),
                      weight_decay=weight_decay, fused=True)


_BUILDERS: dict[str, Callable[..., optim.Optimizer]] = {"sgd": _sgd, "adam": _adam}


def build_optimizer(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """The recipe's optimizer over these parameters; fused, so that a step is one call for all of them."""
    return _BUILDERS[recipe.optimizer.name](list(parameters), recipe.optimizer.params, recipe.weight_decay)
