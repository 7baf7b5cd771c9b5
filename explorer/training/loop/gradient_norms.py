"""Gradient norms: one number a layer and step, kept on the device until they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from explorer.training.loop.layer_choice import Layers

Number = Tensor | float


class GradientNorms:
    """The L2 norm of each layer's gradient. `layers` are the addresses that have trainable parameters, in order."""

    def __init__(self, layers: Layers) -> None:
        self.layers = list(layers.parameters)
        by_layer = [list(found.values()) for found in layers.parameters.values()]
        self.parameters: list[nn.Parameter] = list(chain.from_iterable(by_layer))
        self._starts = np.cumsum([0, *map(len, by_layer)])[:-1]

    def take(self, parameters: Sequence[nn.Parameter] | None = None) -> list[Number]:
        """Take the norm of each parameter's gradient, of all in order or of these; 0 where no gradient reaches it."""
        norms = _norms_of(self.parameters if parameters is None else parameters, 0.0)
        return [keep(norm) if isinstance(norm, Tensor) else norm for norm in norms]

    def on_device(self, device: torch.device) -> list[Tensor]:
        """Compute the norm of each parameter's gradient, of all in order, and leave it on the device."""
        return _norms_of(self.parameters, torch.zeros((), device=device))

    def by_layer(self, norms: Sequence[Number], steps: int) -> np.ndarray:
        """Join the norms of all parameters, step after step, to one a layer: (step, layer)."""
        squares = to_numbers(norms).reshape(steps, len(self.parameters)) ** 2  # (step, parameter)
        return np.sqrt(np.add.reduceat(squares, self._starts, axis=1)) if self.layers else squares


def _norms_of(parameters: Sequence[nn.Parameter], unreached: Number) -> list[Number]:
    """Compute the norms of the gradients; `unreached` stands for those of parameters without one."""
    gradients = [values_of(parameter.grad) for parameter in parameters if parameter.grad is not None]
    norms = iter(torch._foreach_norm(gradients) if gradients else ())
    return [unreached if parameter.grad is None else next(norms) for parameter in parameters]


def values_of(gradient: Tensor) -> Tensor:
    """Return what a sparse gradient holds, such as an embedding's, of which not every PyTorch computes a norm."""
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def keep(value: Tensor) -> Number:
    """Keep a scalar for later: as a tensor where it is computed by a GPU, as a plain number where by the CPU."""
    return value.item() if value.device.type == "cpu" else value.detach()


def to_numbers(values: Collection[Number]) -> np.ndarray:
    """Copy scalars from their devices, all of one device and type at once, as float64: (value,)."""
    found = np.array([0.0 if isinstance(value, Tensor) else value for value in values], dtype=float)
    for places, tensors in _by_kind(values).values():
        found[places] = torch.stack(tensors).cpu().double().numpy()
    return found


def _by_kind(values: Collection[Number]) -> dict[tuple, tuple[list[int], list[Tensor]]]:
    groups: dict[tuple, tuple[list[int], list[Tensor]]] = {}
    for place, value in enumerate(values):
        if isinstance(value, Tensor):
            places, tensors = groups.setdefault((value.device, value.dtype), ([], []))
            places.append(place)
            tensors.append(value)
    return groups
