"""Conductance: how much of the way from a baseline to the answer flows through each unit of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from explorer.attribution.attribution_method import Method, Options
from explorer.attribution.baselines import BASELINE
from explorer.attribution.chunks import chunks, rows_that_fit
from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.gradient_methods import STEPS
from explorer.attribution.split_layers import is_split
from explorer.hooks import each_tensor, samples_first, tensors_in
from explorer.text import Text, text


def _layer_conductance(explained: Explained, inputs: Tensor, targets: Tensor, layer: str, baseline: Tensor,
                       steps: int = STEPS.default) -> Tensor:
    return torch.stack([_conductance(explained, one, start, target, layer, steps)
                        for one, start, target in zip(inputs, baseline, targets, strict=True)])


def _conductance(explained: Explained, one: Tensor, start: Tensor, target: Tensor, layer: str, steps: int) -> Tensor:
    """Sum each unit's change from point to point times its gradient, the mean of both points' (the trapezoid rule)."""
    total = before = None
    for values, slopes in _along(explained, one, start, target, layer, steps):
        if before is not None:
            values, slopes = torch.cat([before[0], values]), torch.cat([before[1], slopes])
        added = ((slopes[1:] + slopes[:-1]) / 2 * values.diff(dim=0)).sum(0)
        total, before = added if total is None else total + added, (values[-1:], slopes[-1:])
    return without_channels(total)


def _along(explained: Explained, one: Tensor, start: Tensor, target: Tensor, layer: str,
           steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the layer's values and their gradients at points of the way from the start, in chunks: (point, ...)."""
    shares = torch.linspace(0, 1, steps + 1).to(one).reshape(-1, *[1] * one.dim())
    for rows in chunks(steps + 1, rows_that_fit(explained, one[None])):
        yield layer_gradients(explained, start + shares[rows] * (one - start), target.expand(rows.stop - rows.start),
                              layer)


def layer_gradients(explained: Explained, values: Tensor, targets: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """Compute a layer's output and the gradient of each sample's number with respect to it: (sample, ...) both.

    Of several outputs the first is taken. Raises UnknownNode, CannotAttribute.

    >>> model = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(2, 1))
    >>> one = Explained(model, lambda outputs: outputs), torch.ones(1, 2), torch.tensor([0])
    >>> torch.equal(layer_gradients(*one, "0")[1], model[1].weight)
    True
    """
    kept: list[Tensor] = []
    module = explained.module_at(layer)
    if is_split(explained.model, layer):
        raise CannotAttribute(text("Inside attention, the output of {layer} is apart by heads or windows, so there is "
                                   "no map of it. Choose a layer in front of the attention.", layer=layer))

    def keep(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        own = each_tensor(output, Tensor.clone)  # of this layer alone: its output may be its input as well
        kept.extend(list(tensors_in(own))[:1])
        return each_tensor(own, Tensor.clone)  # which an activation may change in place
    handle = module.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            number = explained.picked(values.detach().requires_grad_(), targets).sum()
    finally:
        handle.remove()
    if not kept:
        raise CannotAttribute(text("{layer} has no output for this input. Choose another layer.", layer=layer))
    if kept[-1].requires_grad and number.requires_grad:
        slopes = torch.autograd.grad(number, kept[-1], allow_unused=True, materialize_grads=True)[0]
    else:
        slopes = torch.zeros_like(kept[-1])
    return tuple(samples_first(module, each.detach(), len(values)) for each in (kept[-1], slopes))


def without_channels(values: Tensor) -> Tensor:
    """Sum attributions to one sample's units over the channels of a map, or over the features of each token.

    >>> without_channels(torch.ones(3, 4, 5)).shape, without_channels(torch.ones(7, 3)).shape
    (torch.Size([1, 4, 5]), torch.Size([7]))
    """
    if values.dim() == 3:
        return values.sum(0, keepdim=True)
    return values.sum(1) if values.dim() == 2 else values.flatten()


def _each_step(options: Options, features: int) -> float:
    return float(options.get("steps", STEPS.default)) + 1


def _explain_error(explained: Explained, options: Options) -> Text:
    return text("Not all of the answer flows through {layer}, or {steps} steps are too few. Choose a later layer, or "
                "take more steps.", layer=options["layer"], steps=int(options.get("steps", STEPS.default)))


LAYER_CONDUCTANCE = Method(
    "layer_conductance", "Layer conductance", "The part of the way from a baseline to the answer that flows through "
    "each place of a layer.", "Dhamdhere et al. 2019, section 3", when_to_use="For the share of a layer's places, "
    "which adds up over the layer.", when_misleading="It adds up only where all of the answer flows through that "
    "layer: beside a shortcut it does not.", attribute=_layer_conductance, params=(STEPS, BASELINE), is_complete=True,
    of_layer=True, passes=_each_step, explain_error=_explain_error,
    all_zero=text("No change of the answer comes through the output of this layer, or a step follows it. Choose "
                  "another layer."),
)
