"""Attention of one input without its heads: averaged, weighted by a gradient, and the tokens that are read out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from explorer.attention.attention_finding import LINEAR, Attention
from explorer.attention.attention_weights import implied_weights, in_five_axes
from explorer.attention.rollout import FlowLayer, average_heads, weigh_by_gradient
from explorer.attention.token_places import PIXELS, TokenPlaces
from explorer.hooks import as_taken, in_mode, module_at, tensors_in
from explorer.network.building import BuiltNetwork, leaf_sources_of

_MOST_WEIGHTS = 4e7  # numbers, of which a gradient is kept


@dataclass
class FlowReading:
    """Attention read in one pass, by the attention's node: (window, query, key).

    averaged: over the heads. relevant: the positive part of weight · gradient, where gradients were read.
    read_out: bool (window, query), the tokens of the last attention that the number depends on past all others.
    """

    averaged: dict[str, np.ndarray] = field(default_factory=dict)
    relevant: dict[str, np.ndarray] = field(default_factory=dict)
    read_out: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), bool))


def read_flow(model: nn.Module, batch: Tensor, attentions: Sequence[Attention],
              target: Callable[[Tensor], Tensor]) -> FlowReading:
    """Read the attention of one input and the gradient of a number of the output with respect to all weights.

    target: picks the number from the outputs, (1, ...). Gradients are left out where there are too many weights to keep
    them, or where an attention has none.

    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> found = read_flow(model, torch.zeros(1, 1, 28, 28), find_attentions(model), lambda outputs: outputs[0, 3])
    >>> found.relevant["block1.attention.weights"].shape, np.argwhere(found.read_out).tolist()
    ((1, 17, 17), [[0, 0]])
    """
    found, kept = FlowReading(), {}
    own = {name: each.detach() for name, each in model.named_parameters()}
    with torch.enable_grad(), in_mode(model, training=False), _reading(model, attentions, found, kept):
        number = target(next(tensors_in(functional_call(model, own, (as_taken(model, batch[:1]),)))))
    slopes = torch.autograd.grad(number, list(kept.values()), allow_unused=True)
    gradients = dict(zip(kept, slopes, strict=True))
    mixed = in_five_axes(attentions[-1], gradients.pop(attentions[-1].mix))
    found.read_out = (mixed != 0).any(-1).any(2)[0].cpu().numpy()
    for each in attentions:
        if gradients.get(each.node) is not None:
            found.relevant[each.node] = weigh_by_gradient(
                *(_five(each, values)[0] for values in (kept[each.node], gradients[each.node])))
    return found


def _five(attention: Attention, values: Tensor) -> np.ndarray:
    return in_five_axes(attention, values.detach()).float().cpu().numpy()


@contextmanager
def _reading(model: nn.Module, attentions: Sequence[Attention], found: FlowReading,
             kept: dict[str, Tensor]) -> Iterator[None]:
    def see(attention: Attention) -> Callable[..., Any]:
        def read(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
            if attention.kind == LINEAR:
                found.averaged[attention.node] = average_heads(_five(attention, implied_weights(*inputs[:2]))[0])
                return None
            found.averaged[attention.node] = average_heads(_five(attention, output)[0])
            return keep(attention.node, output) if output.numel() * len(attentions) <= _MOST_WEIGHTS else None
        return read

    def keep(address: str, output: Tensor) -> Tensor:
        kept[address] = output if output.requires_grad else output.requires_grad_()
        return kept[address]

    handles = [module_at(model, each.node).register_forward_hook(see(each)) for each in attentions]
    last = attentions[-1].mix
    handles.append(module_at(model, last).register_forward_hook(lambda _module, _inputs, output: keep(last, output)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def cells_of(places: TokenPlaces | None, size: tuple[int, ...]) -> np.ndarray | None:
    """Draw a map of which token covers each pixel of an image, (height, width), -1 for none; None for other inputs.

    >>> boxes = np.array([[[-1, -1, -1, -1], [0, 0, 1, 2]]])
    >>> cells_of(TokenPlaces(PIXELS, boxes), (2, 2)).tolist()
    [[1, 1], [-1, -1]]
    """
    if places is None or places.kind != PIXELS or not places.is_placed.any():
        return None
    cells = np.full(size, -1)
    for token, (top, left, bottom, right) in enumerate(places.boxes.reshape(-1, 4)):
        if top >= 0:
            cells[top:bottom, left:right] = token
    return cells


def flow_layers(weights: dict[str, np.ndarray], cells: dict[str, np.ndarray | None],
                attentions: Sequence[Attention]) -> list[FlowLayer]:
    """Put weights and places together, in the order of the pass.

    >>> flow_layers({"a": np.ones((1, 2, 2))}, {"a": None}, [Attention("a", "")])[0].tokens
    2
    """
    return [FlowLayer(weights[each.node], cells[each.node]) for each in attentions]


def attends_to_itself(model: nn.Module, attention: Attention) -> bool:
    """Check whether queries and keys are made of the same tokens, as they are not in cross-attention.

    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> attends_to_itself(model, find_attentions(model)[0])
    True
    """
    if not isinstance(model, BuiltNetwork) or not attention.query or not attention.key:
        return False
    return _made_of(model, attention.query) == _made_of(model, attention.key)


def _made_of(model: BuiltNetwork, address: str) -> str:
    while type(module_at(model, address)).__name__ in ("SplitHeads", "Linear", "Dropout"):
        address = leaf_sources_of(model, address)[0]
    return address
