"""Pruning: a network without its smallest weights, or without its weakest channels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise

import torch
from torch import Tensor, nn

from explorer.hooks import module_at
from explorer.network.building import BuiltNetwork, leaf_sources_of, leaves

_WEIGHT = re.compile(r"(.*\.)?(in_proj_|[qkv]_proj_)?weight(_[ih]h_l\d+(_reverse)?)?")
_NORMS = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.InstanceNorm1d, nn.InstanceNorm2d)
_WITH_CHANNELS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
Masks = Mapping[str, Tensor]  # by the name of a parameter: bool in its shape, False for what is taken out


def prunable_weights(model: nn.Module) -> dict[str, Tensor]:
    """Collect the matrices and kernels of a network by their names, biases, norms and embeddings left out.

    >>> list(prunable_weights(nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(2, 2))))
    ['0.weight', '2.weight']
    """
    embedded = {f"{name}.weight".removeprefix(".") for name, module in model.named_modules()
                if isinstance(module, nn.Embedding)}
    return {name: weight for name, weight in model.named_parameters()
            if weight.dim() > 1 and _WEIGHT.fullmatch(name) and name not in embedded}


def magnitude_masks(weights: Mapping[str, Tensor], share: float, by_layer: bool = False) -> dict[str, Tensor]:
    """Choose the share of weights of smallest magnitude, over all or of each, to be taken out; of equal ones the first.

    Source: Han et al. 2015, section 3.

    >>> magnitude_masks({"a": torch.tensor([[1.0, -2.0]]), "b": torch.tensor([[3.0, -4.0]])}, 0.5)["a"].tolist()
    [[False, False]]
    """
    if by_layer:
        return {name: _without_smallest({name: weight}, share)[name] for name, weight in weights.items()}
    return _without_smallest(weights, share)


def _without_smallest(weights: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    sizes = {name: weight.detach().abs().float() for name, weight in weights.items()}
    count = round(share * sum(size.numel() for size in sizes.values()))
    if count == 0:
        return {name: torch.ones_like(size, dtype=torch.bool) for name, size in sizes.items()}
    limit = torch.cat([size.flatten() for size in sizes.values()]).kthvalue(count).values
    left = count - sum(int((size < limit).sum()) for size in sizes.values())
    masks = {}
    for name, size in sizes.items():
        equal = (size == limit).flatten()
        ends = (equal & (equal.cumsum(0) <= left)).reshape(size.shape)
        left -= int(ends.sum())
        masks[name] = ~((size < limit) | ends)
    return masks


def prunable_channels(model: nn.Module) -> dict[str, Tensor]:
    """Collect the weights of layers of which whole channels or units can be taken out: all but the last layer.

    >>> list(prunable_channels(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2, 2))))
    ['0.weight']
    """
    found = {f"{name}.weight".removeprefix("."): module.weight for name, module in model.named_modules()
             if isinstance(module, _WITH_CHANNELS) and isinstance(module.weight, nn.Parameter)}
    return dict(list(found.items())[:-1])


def channel_masks(model: nn.Module, weights: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Choose the share of each layer's channels with the smallest sum of magnitudes, to be taken out whole.

    With a channel go its bias, and what a norm right after it adds. At least one channel of each layer stays. Source:
    Li et al. 2017, section 3.1.

    >>> line = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    >>> _ = line[0].weight.data.copy_(torch.tensor([[1.0, 1.0], [3.0, -3.0]]))
    >>> channel_masks(line, {"0.weight": line[0].weight}, 0.5)["0.bias"].tolist()
    [False, True]
    """
    parameters, norms, masks = dict(model.named_parameters()), _norms_after(model), {}
    for name, weight in weights.items():
        sums = weight.detach().abs().float().flatten(1).sum(1)
        count = min(round(share * len(sums)), len(sums) - 1)
        kept = torch.ones(len(sums), dtype=torch.bool, device=weight.device)
        kept[sums.argsort(stable=True)[:count]] = False
        address = name.removesuffix("weight")
        masks[name] = kept.reshape(-1, *(1,) * (weight.dim() - 1)).expand(weight.shape)
        for other in (f"{address}bias", *(f"{norm}.{part}" for norm in norms.get(address.rstrip("."), ())
                                          for part in ("weight", "bias"))):
            if other in parameters and parameters[other].shape == kept.shape:
                masks[other] = kept
    return masks


def _norms_after(model: nn.Module) -> dict[str, list[str]]:
    """Find the norms that read a layer's output and nothing else, by the layer's address."""
    found: dict[str, list[str]] = {}
    if isinstance(model, BuiltNetwork):
        for address, module in leaves(model):
            if isinstance(module, _NORMS) and len(sources := leaf_sources_of(model, address)) == 1:
                found.setdefault(sources[0], []).append(address)
        return found
    for address, module in model.named_modules():
        if isinstance(module, nn.Sequential):
            children = [(f"{address}.{name}".removeprefix("."), child) for name, child in module.named_children()]
            for (before, _layer), (after, norm) in pairwise(children):
                if isinstance(norm, _NORMS):
                    found.setdefault(before, []).append(after)
    return found


@contextmanager
def pruned(model: nn.Module, masks: Masks) -> Iterator[None]:
    """Put zeros in place of what is taken out, inside a `with`; then every weight is as it was.

    >>> line = nn.Linear(2, 1)
    >>> with pruned(line, {"weight": torch.tensor([[False, True]])}):
    ...     line.weight[0, 0].item()
    0.0
    """
    parameters = dict(model.named_parameters())
    before = {name: parameters[name].detach().clone() for name in masks}
    try:
        with torch.no_grad():
            for name, mask in masks.items():
                parameters[name].masked_fill_(~mask, 0.0)
        yield
    finally:
        with torch.no_grad():
            for name, values in before.items():
                parameters[name].copy_(values)


def layer_of(model: nn.Module, name: str) -> str:
    """Return the address of the node that holds a parameter.

    >>> layer_of(nn.Sequential(nn.Linear(1, 1)), "0.weight")
    '0'
    """
    address = name.rpartition(".")[0]
    nodes = [node for node, _module in leaves(model) if address == node or address.startswith(f"{node}.")]
    return nodes[0] if nodes else address or type(module_at(model, "")).__name__
