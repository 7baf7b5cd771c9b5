"""Weights of attention for a batch, and the pairs that a mask hides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.attention.attention_finding import LINEAR, TORCH, Attention
from explorer.hooks import each_tensor, in_mode, module_at, predictor, record_activations

_EPS = 1e-6  # as LinearAttention adds it


def read_weights(model: nn.Module, batch: Tensor, attentions: Sequence[Attention]) -> dict[str, Tensor]:
    """Read the weights of attentions in evaluation mode, by their node: (sample, window, head, query, key).

    Axes that an attention does not have are of size 1. Of linear attention, which computes no weights, those that it
    implies: φ(q)·φ(k) over their sum. One that the network does not call is missing.

    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> read_weights(model, torch.zeros(2, 1, 28, 28), find_attentions(model)[:1])["block1.attention.weights"].shape
    torch.Size([2, 1, 4, 17, 17])
    """
    addresses = {address for each in attentions if each.kind != TORCH
                 for address in ((each.query, each.key) if each.kind == LINEAR else (each.node,))}
    layers = [each.node for each in attentions if each.kind == TORCH]
    with record_activations(model, addresses) as recorded, _arguments(model, layers) as called:
        predictor(model)(batch)
    return {each.node: in_five_axes(each, weights) for each in attentions
            if (weights := _weights(model, each, recorded, called)) is not None}


def in_five_axes(attention: Attention, values: Tensor) -> Tensor:
    """View scores, weights or rows of heads as (sample, window, head, token, ...), axes that are missing of size 1.

    >>> in_five_axes(Attention("w", "", heads=4), torch.zeros(2, 4, 3, 3)).shape
    torch.Size([2, 1, 4, 3, 3])
    """
    if values.dim() == 3:
        return values[:, None, None]
    if values.dim() == 4:
        return values[:, :, None] if attention.is_windowed and attention.heads == 1 else values[:, None]
    return values


def hidden_pairs(model: nn.Module, attention: Attention) -> Tensor | None:
    """Return which pairs the masks hide, True where hidden: (window, query, key); None where there is no mask.

    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("char_transformer"))
    >>> hidden_pairs(model, find_attentions(model)[0])[0, 0, :2].tolist()
    [False, True]
    """
    found = None
    for address in attention.masks:
        mask = ~module_at(model, address).mask.cpu()
        mask = mask[:, 0] if mask.dim() == 4 else mask[None]
        found = mask if found is None else found | mask
    return found


def _weights(model: nn.Module, attention: Attention, recorded: Mapping[str, Tensor],
             called: Mapping[str, Any]) -> Tensor | None:
    if attention.kind == TORCH:
        return _of_layer(model, attention.node, called)
    if attention.kind == LINEAR:
        rows = [recorded[address] for address in (attention.query, attention.key) if address in recorded]
        return implied_weights(*rows) if len(rows) == 2 else None
    return recorded.get(attention.node)


def implied_weights(query: Tensor, key: Tensor) -> Tensor:
    """Compute the weights that linear attention implies: φ(q)·φ(k), each row over its sum, with φ(x) = elu(x) + 1.

    Source: Katharopoulos et al. 2020, eq. 5.

    >>> implied_weights(torch.zeros(1, 1, 2), torch.zeros(1, 4, 2)).round(decimals=2).tolist()
    [[[0.25, 0.25, 0.25, 0.25]]]
    """
    pairs = (F.elu(query) + 1) @ (F.elu(key) + 1).transpose(-2, -1)
    return pairs / (pairs.sum(-1, keepdim=True) + _EPS)


def _of_layer(model: nn.Module, address: str, called: Mapping[str, Any]) -> Tensor | None:
    """Compute the weights of torch's own layer from the arguments of its call, which may not have asked for them."""
    if address not in called:
        return None
    layer, (args, named) = module_at(model, address), called[address]
    named = dict(zip(("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask"), args)) | dict(named)
    with torch.no_grad(), in_mode(layer, training=False):
        _mixed, weights = layer.forward(**{**named, "need_weights": True, "average_attn_weights": False})
    return weights.detach() if weights.dim() == 4 else weights.detach()[None]


@contextmanager
def _arguments(model: nn.Module, addresses: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Record the arguments of each module's last call."""
    called: dict[str, Any] = {}
    handles = [module_at(model, address).register_forward_pre_hook(
        lambda _module, args, named, address=address: called.update(
            {address: each_tensor((args, named), lambda tensor: tensor.detach().clone())}), with_kwargs=True)
        for address in addresses]
    try:
        yield called
    finally:
        for handle in handles:
            handle.remove()
