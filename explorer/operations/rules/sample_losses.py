"""Rules of losses: as modules of torch, and as the loss of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from torch import nn

from explorer.operations.rules.given import Found, Given, NoRule, operand
from explorer.results import Loss, Operand

_OF_RECIPE = {"cross_entropy": "cross_entropy", "binary_cross_entropy": "binary_cross_entropy",
              "perceptron": "perceptron", "mse": "squared", "l1": "absolute", "huber": "huber"}


def loss(kind: str) -> Callable[[nn.Module, Given], Found]:
    """Make the reader of a loss module; one that averages over several samples has no rule for one."""
    def read(module: nn.Module, given: Given) -> Found:
        output, target = given.inputs
        is_plain = all(getattr(module, name, None) is None for name in ("weight", "pos_weight"))
        if kind in ("cross_entropy", "likelihood"):
            fits = output.ndim == 1 and not target.ndim
        else:
            fits = kind != "binary_cross_entropy" or output.size == 1
        if given.output.ndim or (module.reduction != "none" and given.batch > 1) or not (is_plain and fits):
            raise NoRule
        delta = float(getattr(module, "delta", getattr(module, "beta", 1.0)))
        rule = Loss(kind, smoothing=float(getattr(module, "label_smoothing", 0)), delta=delta,
                    mean=module.reduction != "sum")
        return rule, (operand("output", output), operand("target", target))

    return read


def loss_of_recipe(name: str, params: Mapping[str, Any], output: np.ndarray, target: np.ndarray,
                   is_class: bool) -> tuple[Loss, tuple[Operand, ...]]:
    """Make the rule of a recipe's loss for one sample; is_class: the target is a class.

    >>> loss_of_recipe("mse", {}, np.ones(1), np.zeros(1), is_class=False)[0].kind
    'squared'
    """
    kind = _OF_RECIPE[name]
    of_classes = is_class and kind in ("squared", "absolute", "huber")
    axes = (("token", "class") if output.ndim == 2 else ("class",)) if is_class else ()
    rule = Loss(kind, of_classes, float(params.get("label_smoothing", 0)), float(params.get("delta", 1)))
    return rule, (operand("output", output, axes), operand("target", target))
