"""Layers of a model: the modules that compute, by address, with the trainable parameters of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn
from torch.nn.parameter import is_lazy

from explorer.network.building import leaves


@dataclass(frozen=True)
class Layers:
    """Layers in order. modules: by address; parameters: the trainable ones of each layer that has some, by name."""

    modules: dict[str, nn.Module]
    parameters: dict[str, dict[str, nn.Parameter]]

    @property
    def matrices(self) -> dict[str, dict[str, nn.Parameter]]:
        """The trainable matrices and kernels of real numbers of each layer that has some, by name."""
        found = {address: {name: each for name, each in parameters.items()
                           if each.dim() > 1 and each.is_floating_point()}
                 for address, parameters in self.parameters.items()}
        return {address: matrices for address, matrices in found.items() if matrices}


def nodes_of(model: nn.Module) -> Layers:
    """Find the layers of a built network: its nodes, each with all that is inside it."""
    return _layers(leaves(model), recurse=True)


def own_layers(model: nn.Module) -> Layers:
    """Find the layers of any model: each module without children, and each with parameters of its own.

    A parameter that several modules share belongs to each of them. The model itself is named by its class, in
    parentheses; what torch.compile wraps keeps its name. Raises ValueError where a parameter has no shape yet.

    >>> list(own_layers(nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 1)))).modules)
    ['0', '1.0', '1.1']
    >>> list(own_layers(nn.Linear(2, 2)).parameters)
    ['(Linear)']
    """
    if any(is_lazy(parameter) for parameter in model.parameters()):
        raise ValueError("This model gets the shapes of its parameters from its first batch: call it on one before "
                         "explorer.record.")
    named = ((_address(model, name), module) for name, module in model.named_modules())
    return _layers(((address, module) for address, module in named
                    if not list(module.children()) or list(module.parameters(recurse=False))), recurse=False)


def _address(model: nn.Module, name: str) -> str:
    parts = [part for part in name.split(".") if part and part != "_orig_mod"]
    return ".".join(parts) or f"({type(getattr(model, '_orig_mod', model)).__name__})"


def _layers(modules: Iterable[tuple[str, nn.Module]], recurse: bool) -> Layers:
    found = dict(modules)
    trainable = {address: {f"{address}.{name}": each for name, each in module.named_parameters(recurse=recurse)
                           if each.requires_grad} for address, module in found.items()}
    return Layers(found, {address: parameters for address, parameters in trainable.items() if parameters})
