"""Weights of attention for a batch, and the pairs that a mask hides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from explorer.attention.attention_finding import LINEAR, SOFTMAX, TORCH, Attention
from explorer.hooks import module_at, predictor

_EPS = 1e-6  # as LinearAttention adds it


def read_weights(model: nn.Module, batch: Tensor, attentions: Sequence[Attention],
                 keep: Callable[[Attention, Tensor], Tensor] = lambda attention, weights: weights) -> dict[str, Tensor]:
    """Read the weights of attentions in evaluation mode, by their node: (sample, window, head, query, key).

    Axes that an attention does not have are of size 1. Of linear attention, which computes no weights, those that it
    implies: φ(q)·φ(k) over their sum. One that the network does not call is missing.
    keep: what is kept of an attention's weights, as soon as they are there; all by default.

    >>> import torch
    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> read_weights(model, torch.zeros(2, 1, 28, 28), find_attentions(model)[:1])["block1.attention.weights"].shape
    torch.Size([2, 1, 4, 17, 17])
    """
    kept: dict[str, Tensor] = {}

    def take(attention: Attention, weights: Tensor) -> None:
        kept[attention.node] = keep(attention, in_five_axes(attention, weights.detach()))

    with ExitStack() as hooks:
        for attention in attentions:
            hooks.enter_context(_READERS[attention.kind](model, attention, partial(take, attention)))
        predictor(model)(batch)
    return kept


def in_five_axes(attention: Attention, values: Tensor) -> Tensor:
    """View scores, weights or rows of heads as (sample, window, head, token, ...), axes that are missing of size 1.

    >>> import torch
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


def implied_weights(query: Tensor, key: Tensor) -> Tensor:
    """Compute the weights that linear attention implies: φ(q)·φ(k), each row over its sum, with φ(x) = elu(x) + 1.

    Source: Katharopoulos et al. 2020, eq. 5.

    >>> import torch
    >>> implied_weights(torch.zeros(1, 1, 2), torch.zeros(1, 4, 2)).round(decimals=2).tolist()
    [[[0.25, 0.25, 0.25, 0.25]]]
    """
    pairs = (F.elu(query) + 1) @ (F.elu(key) + 1).transpose(-2, -1)
    return pairs / (pairs.sum(-1, keepdim=True) + _EPS)


@contextmanager
def _of_softmax(model: nn.Module, attention: Attention, take: Callable[[Tensor], None]) -> Iterator[None]:
    with _hook(model, attention.node, lambda _module, _args, _named, output: take(output)):
        yield


@contextmanager
def _of_linear(model: nn.Module, attention: Attention, take: Callable[[Tensor], None]) -> Iterator[None]:
    with _hook(model, attention.node, lambda _module, args, _named, _output: take(implied_weights(*args[:2]))):
        yield


@contextmanager
def _of_layer(model: nn.Module, attention: Attention, take: Callable[[Tensor], None]) -> Iterator[None]:
    """Compute the weights of torch's own layer from the arguments of its call, which may not have asked for them."""
    def read(layer: nn.MultiheadAttention, args: tuple[Any, ...], named: dict[str, Any], _output: Any) -> None:
        given = dict(zip(_OF_LAYER, args, strict=False)) | named
        weights = layer.forward(**{**given, "need_weights": True, "average_attn_weights": False})[1]
        take(weights if weights.dim() == 4 else weights[None])

    with _hook(model, attention.node, read):
        yield


@contextmanager
def _hook(model: nn.Module, address: str, see: Callable[..., None]) -> Iterator[None]:
    handle = module_at(model, address).register_forward_hook(see, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


_OF_LAYER = ("query", "key", "value", "key_padding_mask", "need_weights", "attn_mask")
_READERS = {SOFTMAX: _of_softmax, LINEAR: _of_linear, TORCH: _of_layer}
