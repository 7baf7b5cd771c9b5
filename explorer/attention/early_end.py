"""Logit lens: the answer that a network would give if it ended after each of its layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from explorer.attention.attention_finding import Attention
from explorer.hooks import module_at, predictor, record_activations, record_inputs
from explorer.network.building import BuiltNetwork


def layers_of(model: nn.Module, attentions: Sequence[Attention]) -> dict[str, str]:
    """Find the layer that each attention belongs to, by the attention's node: the block around its block.

    An attention that stands alone is a layer itself.

    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> list(layers_of(model, find_attentions(model)).values())
    ['block1', 'block2', 'block3', 'block4']
    """
    return {each.node: each.block.rpartition(".")[0] or each.block or each.node for each in attentions}


def end_after(model: BuiltNetwork, batch: Tensor, layers: Sequence[str]) -> tuple[list[str], Tensor]:
    """Compute the outputs if the network ended before its first layer, after the first, ... as it does after the last.

    What each layer gives takes the place of what the last one gives. Returns the layers whose output has the shape for
    that, "" for the input of the first, and the outputs, (layer, ...).

    >>> from explorer import network, zoo
    >>> model = network.build(zoo.get("vit_digits"))
    >>> names, outputs = end_after(model, torch.zeros(1, 1, 28, 28), ["block1", "block4"])
    >>> names, outputs.shape
    (['', 'block1', 'block4'], torch.Size([3, 10]))
    """
    with record_activations(model, layers) as given, record_inputs(model, layers[:1]) as taken:
        predictor(model)(batch[:1])
    found = {"": taken.get(layers[0]), **{layer: given.get(layer) for layer in layers}}
    last = found[layers[-1]]
    streams = {name: stream for name, stream in found.items() if stream is not None and stream.shape == last.shape}
    stacked = torch.cat(list(streams.values()))

    def replace(_module: nn.Module, _inputs: Any, _output: Any) -> Tensor:
        return stacked

    handle = module_at(model, layers[-1]).register_forward_hook(replace)
    try:
        outputs = predictor(model)(batch[:1].expand(len(stacked), *batch.shape[1:]))
    finally:
        handle.remove()
    return list(streams), outputs
