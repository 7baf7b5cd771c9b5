"""Optimization: optimizers by name, gradient clipping, the learning rate, weight averaging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn, optim

from explorer.recipe import Recipe
from explorer.training.loop import eager_optimizers

Params = Mapping[str, Any]
Groups = list[dict[str, Any]]


def _sgd(groups: Groups, params: Params, weight_decay: float) -> optim.Optimizer:
    return eager_optimizers.SGD(groups, **params, weight_decay=weight_decay, fused=True)


def _adagrad(groups: Groups, params: Params, weight_decay: float) -> optim.Optimizer:
    fused = all(parameter.device.type == "cpu" for group in groups for parameter in group["params"])
    return eager_optimizers.Adagrad(groups, **params, weight_decay=weight_decay, fused=fused or None)


def _rmsprop(groups: Groups, params: Params, weight_decay: float) -> optim.Optimizer:
    # PyTorch has no fused one
    return eager_optimizers.RMSprop(groups, **params, weight_decay=weight_decay, foreach=True)


def _adam(kind: type[optim.Adam]) -> Callable[[Groups, Params, float], optim.Optimizer]:
    def make(groups: Groups, params: Params, weight_decay: float) -> optim.Optimizer:
        rest = {name: value for name, value in params.items() if name not in ("beta1", "beta2")}
        return kind(groups, **rest, betas=(params["beta1"], params["beta2"]), weight_decay=weight_decay, fused=True)

    return make


UNCAPTURABLE = frozenset({"adagrad"})  # it counts its steps, and computes with the count, on the CPU
_BUILDERS: dict[str, Callable[[Groups, Params, float], optim.Optimizer]] = {
    "sgd": _sgd, "adagrad": _adagrad, "rmsprop": _rmsprop, "adam": _adam(eager_optimizers.Adam),
    "adamw": _adam(eager_optimizers.AdamW)}


def build_optimizer(recipe: Recipe, model: nn.Module, capturable: bool = False) -> optim.Optimizer:
    """Build the recipe's optimizer, fused where PyTorch can, so that a step is one call per parameter group.

    Parameters are grouped by their learning-rate factor, which each group keeps as `factor`; those with factor 0 are
    frozen: they need no gradient. capturable: whether a CUDA graph can hold a step: all that changes between steps, the
    learning rate too, lies in tensors.
    """
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        factor = recipe.lr_factor_of(name)
        parameter.requires_grad_(factor != 0)
        if factor:
            groups.setdefault(factor, []).append(parameter)
    chosen = [{"params": parameters, "factor": factor} for factor, parameters in groups.items()]
    optimizer = _BUILDERS[recipe.optimizer.name](chosen, recipe.optimizer.params, recipe.weight_decay)
    return _made_capturable(optimizer) if capturable else optimizer


def _made_capturable(optimizer: optim.Optimizer) -> optim.Optimizer:
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(float(group["lr"]), device=group["params"][0].device)
        if "capturable" in group:
            group["capturable"] = True
    optimizer._warned_capturable_if_run_uncaptured = True  # some steps are meant to be outside a graph
    return optimizer


class LearningRate:
    """The optimizer's learning rate, set before each update by the recipe's schedule.

    changes: (step, learning rate) set by hand during training; the schedule continues from each with that rate.
    """

    def __init__(self, recipe: Recipe, optimizer: optim.Optimizer, total_steps: int, batches_per_epoch: int) -> None:
        self.changes: list[tuple[int, float]] = []
        self._recipe, self._optimizer = recipe, optimizer
        self._extent = total_steps, batches_per_epoch
        self._set_to: float | None = None

    def change(self, base: float, step: int) -> None:
        """Set another learning rate from update `step` on."""
        self.changes = [*(change for change in self.changes if change[0] < step), (step, base)]

    def at(self, step: int) -> float:
        """Return the learning rate of update `step`; 0 is the first."""
        return self._recipe.lr_at(step, *self._extent, self.changes)

    def set_for(self, step: int) -> float:
        """Prepare the optimizer for update `step`; returns its learning rate."""
        lr = self.at(step)
        if lr != self._set_to:
            for group in self._optimizer.param_groups:
                rate = lr * group["factor"]
                if isinstance(group["lr"], torch.Tensor):
                    group["lr"].fill_(rate)
                else:
                    group["lr"] = rate
            self._set_to = lr
        return lr


def clip_gradients(recipe: Recipe, parameters: list[nn.Parameter]) -> None:
    """Clip gradients by the recipe: single values first, then the norm of all together."""
    if recipe.clip_value is not None:
        nn.utils.clip_grad_value_(parameters, recipe.clip_value)
    if recipe.clip_norm is not None:
        nn.utils.clip_grad_norm_(parameters, recipe.clip_norm)


@torch.no_grad()
def update_average(average: list[torch.Tensor], weights: list[torch.Tensor], share: float | torch.Tensor) -> None:
    """Move the running average toward the weights by this share of the distance.

    Source: Tarvainen & Valpola 2017, 3.
    """
    torch._foreach_lerp_(average, weights, [share] * len(average) if isinstance(share, torch.Tensor) else share)


def share_of(decay: float, updates: int) -> float:
    """Compute the weights' share in the running average at an update; early ones count for more, so that it does not
    lag.

    Source: the warm-up min(decay, (1 + t) / (10 + t)) is TensorFlow's.
    """
    return 1 - min(decay, (1 + updates) / (10 + updates))
