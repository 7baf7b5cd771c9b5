"""Randomized weights: a network whose layers are drawn again one by one, from the last to the first."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from explorer.hooks import predictor
from explorer.network import seeded


def layers_from_the_top(model: nn.Module, batch: Tensor) -> list[str]:
    """List the addresses of all layers with parameters, the last that a forward pass calls first.

    A parameter belongs to the innermost module around it that the pass calls. What no part of the model but the whole
    calls has no effect, and is left out.

    >>> layers_from_the_top(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)), torch.zeros(1, 2))
    ['2', '0']
    """
    order: dict[str, None] = {}

    def called(address: str) -> None:
        order.pop(address, None)
        order[address] = None

    handles = [module.register_forward_pre_hook(lambda _module, _inputs, address=address: called(address))
               for address, module in model.named_modules()]
    try:
        predictor(model)(batch)
    finally:
        for handle in handles:
            handle.remove()
    own = {name for name, _parameter in model.named_parameters(recurse=False)}
    owners = {owner for name, _parameter in model.named_parameters()
              if (owner := _innermost(name, order)) or name in own}
    return [address for address in reversed(order) if address in owners]


def _innermost(parameter: str, called: Mapping[str, None]) -> str | None:
    """Return the address of the innermost module around a parameter that was called; "" is the model itself."""
    address = parameter
    while address:
        address = address.rpartition(".")[0]
        if address in called:
            return address
    return None


def drawn_again(model: nn.Module, seed: int = 0) -> nn.Module:
    """Make a copy with all weights drawn again as each module draws them by itself, from a seed.

    What no module draws, such as a parameter of one's own, is shuffled.

    >>> line = nn.Linear(2, 1)
    >>> [torch.equal(drawn_again(line).weight, other.weight) for other in (drawn_again(line), line)]
    [True, False]
    """
    other = copy.deepcopy(model)
    for address, module in other.named_modules():
        with seeded(seed, address), torch.no_grad():
            if callable(draw := getattr(module, "reset_parameters", None)):
                draw()
                continue
            for parameter in module.parameters(recurse=False):
                shuffled = parameter.flatten()[torch.randperm(parameter.numel()).to(parameter.device)]
                parameter.copy_(shuffled.view_as(parameter))
    return other


def randomized_from_the_top(model: nn.Module, other: nn.Module, layers: list[str]) -> Iterator[tuple[str, nn.Module]]:
    """Yield each layer, and a copy of the model with the weights of another one from the last layer down to this one.

    It is one copy, which goes on changing: what is read of it is read before the next. Buffers, such as a norm's
    running means, go with the weights. Source: Adebayo et al. 2018, section 3.1.

    >>> model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    >>> [layer for layer, _changed in randomized_from_the_top(model, drawn_again(model), ["1", "0"])]
    ['1', '0']
    """
    changed = copy.deepcopy(model)
    for address in layers:
        _take_over(changed.get_submodule(address), other.get_submodule(address), {
            layer[len(address) + 1 if address else 0:] for layer in layers if layer != address
            and (not address or layer.startswith(f"{address}."))})
        yield address, changed


def _take_over(module: nn.Module, other: nn.Module, without: set[str]) -> None:
    """Copy the weights and buffers of another module, those of the layers inside left out."""
    inside = tuple(f"{name}." for name in without)
    new = other.state_dict()
    with torch.no_grad():
        for name, value in module.state_dict().items():
            if not (inside and name.startswith(inside)):
                value.copy_(new[name])
