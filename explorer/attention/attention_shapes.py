"""Shapes of attention for an input: how many heads it has, however they were split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from explorer.attention.attention_finding import TORCH, Attention
from explorer.hooks import module_at, predictor


def shapes_of(model: nn.Module, batch: Tensor, addresses: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Read the shapes of nodes' outputs for one sample, without its axis; the outputs themselves are not kept.

    A node that the network does not call is missing.

    >>> import torch
    >>> from explorer import network, zoo
    >>> shapes_of(network.build(zoo.get("vit_digits")), torch.zeros(2, 1, 28, 28), ["block1.attention.weights"])
    {'block1.attention.weights': (4, 17, 17)}
    """
    found: dict[str, tuple[int, ...]] = {}

    def see(address: str) -> Any:
        return lambda _module, _inputs, output: found.__setitem__(address, tuple(output.shape[1:]))

    with ExitStack() as hooks:
        for address in addresses:
            hooks.callback(module_at(model, address).register_forward_hook(see(address)).remove)
        predictor(model)(batch[:1])
    return found


def as_computed(model: nn.Module, batch: Tensor, attentions: Sequence[Attention]) -> tuple[Attention, ...]:
    """Count the heads of attentions by what they mix for an input: they may be split by a plain reshape and permute.

    >>> import torch
    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("swin_digits"))
    >>> found = find_attentions(model)
    >>> as_computed(model, torch.zeros(1, 1, 28, 28), found) == found
    True
    """
    shapes = shapes_of(model, batch, [each.mix for each in attentions if each.kind != TORCH])
    return tuple(_counted(each, shapes[each.mix]) if each.mix in shapes else each for each in attentions)


def _counted(attention: Attention, shape: tuple[int, ...]) -> Attention:
    """Count heads in the shape of what is mixed: (window, head, token, feature), without axes that there are not."""
    heads = shape[:-2][1:] if attention.is_windowed else shape[:-2]
    return replace(attention, heads=heads[-1] if heads else 1, has_heads=bool(heads))
