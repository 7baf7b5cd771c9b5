"""Ablation of heads: a network without what one head mixes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from explorer.attention.attention_finding import Attention
from explorer.attention.attention_weights import in_five_axes
from explorer.hooks import module_at, predictor


@contextmanager
def without_head(model: nn.Module, attention: Attention, head: int, instead: Tensor | float = 0.0) -> Iterator[None]:
    """Put zeros, or a mean, in place of what a head mixes, inside a `with`. instead: (window, token, feature).

    >>> import torch
    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> from explorer.hooks import record_activations
    >>> model = network.build(zoo.get("vit_digits"))
    >>> mix = "block1.attention.mix"
    >>> with without_head(model, find_attentions(model)[0], 2), record_activations(model, [mix]) as seen:
    ...     _ = model(torch.zeros(1, 1, 28, 28))
    >>> seen[mix][0].abs().sum((1, 2)).bool().tolist()
    [True, True, False, True]
    """
    def change(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        changed = output.clone()
        in_five_axes(attention, changed)[:, :, head] = instead
        return changed

    handle = module_at(model, attention.mix).register_forward_hook(change)
    try:
        yield
    finally:
        handle.remove()


def mean_mix(model: nn.Module, attention: Attention, batch: Tensor) -> Tensor:
    """Compute what each head of an attention mixes on average over samples: (window, head, token, feature).

    >>> import torch
    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> mean_mix(model, find_attentions(model)[0], torch.zeros(2, 1, 28, 28)).shape
    torch.Size([1, 4, 17, 16])
    """
    found: list[Tensor] = []
    handle = module_at(model, attention.mix).register_forward_hook(
        lambda _module, _inputs, output: found.append(in_five_axes(attention, output.detach()).mean(0)))
    try:
        predictor(model)(batch)
    finally:
        handle.remove()
    return found[-1]
