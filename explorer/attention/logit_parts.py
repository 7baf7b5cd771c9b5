"""Direct contributions to an output: what each head, MLP, embedding and bias adds to it past all other layers.

The way from a part to the output, along shortcuts, is linear once each normalization keeps the scale that it has for
this input; all that is not linear ends it and is a part itself. So the parts add up to the output exactly.
Source: Elhage et al. 2021, A Mathematical Framework for Transformer Circuits; nostalgebraist 2020, the logit lens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from explorer.attention.attention_finding import Attention, find_attentions
from explorer.attention.attention_weights import in_five_axes
from explorer.hooks import as_taken, in_mode, tensors_in
from explorer.network.building import BuiltNetwork, leaves

_LINEAR = {"Add", "Concat", "Crop", "Dropout", "Dropout2d", "StochasticDepth", "Identity", "Flatten", "Reshape",
           "Permute", "Linear", "Conv1d", "Conv2d", "AvgPool1d", "AvgPool2d", "AdaptiveAvgPool2d", "GlobalPool2d",
           "TokenPooling", "MergeHeads", "SplitHeads", "WindowPartition", "WindowMerge", "SpaceToDepth", "ClassToken"}
_POSITIONS = {"LearnedPositions", "SinusoidalPositions"}  # what they add is a part
_NORMS = (nn.LayerNorm, nn.RMSNorm)


@dataclass(frozen=True)
class Contributions:
    """Parts of one number that a network gives. They add up to `total`.

    heads: of each attention by its node, (head,). nodes: by address, outputs that are not linear in what came before,
    such as an MLP's activation; positions; the class token. bias: all biases on the way.
    """

    total: float
    heads: Mapping[str, Tensor]
    nodes: Mapping[str, float]
    bias: float

    @property
    def sum(self) -> float:
        return float(sum(each.sum() for each in self.heads.values())) + sum(self.nodes.values()) + self.bias


def contributions(model: BuiltNetwork, batch: Tensor, target: Callable[[Tensor], Tensor]) -> Contributions:
    """Split a number of the output for one input into what each part of the network adds to it.

    target: picks it from the outputs, (1, ...).

    >>> from explorer import network, zoo
    >>> model = network.build(zoo.get("vit_digits"))
    >>> found = contributions(model, torch.zeros(1, 1, 28, 28), lambda outputs: outputs[0, 3])
    >>> len(found.heads), found.heads["block1.attention.weights"].shape, abs(found.sum - found.total) < 1e-4
    (4, torch.Size([4]), True)
    """
    parts = _Parts()
    biases = {name: each for name, each in model.named_parameters() if name.endswith((".bias", "class_token.token"))}
    with torch.enable_grad(), in_mode(model, training=False), _needing(biases), _linear_in(model, parts):
        number = target(next(tensors_in(model(as_taken(model, batch[:1])))))
        reached = [*parts.values.values(), *biases.values()]
        slopes = torch.autograd.grad(number, reached, allow_unused=True)
    slope_of = dict(zip((*parts.values, *biases), slopes, strict=True))
    products = {name: (slope * value).detach() for name, value in (parts.values | biases).items()
                if (slope := slope_of[name]) is not None}
    return _sorted_out(model, float(number.detach()), products, biases)


@dataclass
class _Parts:
    """Outputs where the linear way to the output begins, by address."""

    values: dict[str, Tensor] = field(default_factory=dict)

    def begin(self, address: str, value: Tensor) -> Tensor:
        self.values[address] = value.detach().clone().requires_grad_()
        return self.values[address]


def _sorted_out(model: BuiltNetwork, total: float, products: Mapping[str, Tensor],
                biases: Mapping[str, Tensor]) -> Contributions:
    by_mix = {each.mix: each for each in find_attentions(model)}
    heads = {by_mix[name].node: _by_head(by_mix[name], product) for name, product in products.items() if name in by_mix}
    tokens = {name for name in biases if not name.endswith(".bias")}
    nodes = {name.removesuffix(".token"): float(product.sum()) for name, product in products.items()
             if name not in by_mix and (name not in biases or name in tokens)}
    bias = sum(float(product.sum()) for name, product in products.items() if name in biases and name not in tokens)
    return Contributions(total, heads, nodes, bias)


def _by_head(attention: Attention, product: Tensor) -> Tensor:
    return in_five_axes(attention, product).sum((0, 1, 3, 4)).cpu()


@contextmanager
def _needing(parameters: Mapping[str, Tensor]) -> Iterator[None]:
    before = {name: each.requires_grad for name, each in parameters.items()}
    for each in parameters.values():
        each.requires_grad_(True)
    try:
        yield
    finally:
        for name, each in parameters.items():
            each.requires_grad_(before[name])


@contextmanager
def _linear_in(model: BuiltNetwork, parts: _Parts) -> Iterator[None]:
    """Make each pass linear: norms keep their scale, and what is not linear begins anew."""
    handles = [module.register_forward_hook(_hook(address, parts)) for address, module in leaves(model)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hook(address: str, parts: _Parts) -> Callable[..., Any]:
    def change(module: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> Any:
        kind = type(module).__name__
        if not isinstance(output, Tensor) or not output.is_floating_point() or kind in _LINEAR:
            return None
        if isinstance(module, _NORMS):
            return normalize_linearly(module, inputs[0])
        if kind in _POSITIONS:
            return inputs[0] + parts.begin(address, module.positions)
        return parts.begin(address, output)
    return change


def normalize_linearly(module: nn.Module, x: Tensor) -> Tensor:
    """Normalize with the scale that the values have now, as a constant: equal in value, linear in gradient.

    >>> x = torch.tensor([[1.0, 2.0, 6.0]])
    >>> torch.allclose(normalize_linearly(nn.LayerNorm(3), x), nn.LayerNorm(3)(x))
    True
    """
    channels_first = type(module).__name__ == "LayerNorm2d"
    x = x.permute(0, 2, 3, 1) if channels_first else x
    axes = tuple(range(-len(module.normalized_shape), 0))
    centered = x if isinstance(module, nn.RMSNorm) else x - x.mean(axes, keepdim=True)
    eps = torch.finfo(x.dtype).eps if module.eps is None else module.eps
    scale = (centered.square().mean(axes, keepdim=True) + eps).rsqrt().detach()
    y = centered * scale * (1 if module.weight is None else module.weight)
    y = y if getattr(module, "bias", None) is None else y + module.bias
    return y.permute(0, 3, 1, 2) if channels_first else y
