"""Updates of stacked weights: PyTorch's optimizers, element by element, with a learning rate for each network.

A parameter of K networks is one tensor (variant, ...). Whatever differs between the networks, or from step to step,
lies in small tensors on the device and is computed there: a graph can hold the update, and nothing is copied to it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.recipe import Recipe


class StackedUpdate(ABC):
    """The update of stacked parameters. `prepare` sets the learning rates of a step, `apply` changes the weights."""

    def __init__(self, recipes: Sequence[Recipe], parameters: Sequence[Tensor]) -> None:
        self._parameters = list(parameters)
        self._params = dict(recipes[0].optimizer.params)
        self._device = self._parameters[0].device
        self._base_rates = self._numbers([recipe.optimizer.params["lr"] for recipe in recipes])
        self._decays = self._numbers([recipe.weight_decay for recipe in recipes])
        self._decay = self._by_parameter(self._decays) if any(recipe.weight_decay for recipe in recipes) else []
        self._rates, self._factor = self._base_rates.clone(), 1.0
        self._start()

    @abstractmethod
    def _start(self) -> None:
        """Make what is kept from step to step."""

    def _numbers(self, values: Sequence[float] | float) -> Tensor:
        """Put numbers on the device, in Python's precision where it has that."""
        precision = torch.float32 if self._device.type == "mps" else torch.float64
        return torch.tensor(values, dtype=precision, device=self._device)

    def _by_parameter(self, values: Tensor) -> list[Tensor]:
        """Shape one number a network, (variant,), to multiply each parameter."""
        values = values.float()
        return [values.view(-1, *(1,) * (parameter.dim() - 1)) for parameter in self._parameters]

    def _zeros(self) -> list[Tensor]:
        return [torch.zeros_like(parameter, requires_grad=False) for parameter in self._parameters]

    def prepare(self, factor: float) -> None:
        """Set the learning rates to this multiple of the recipes' own. Not part of a graph."""
        if factor != self._factor:
            torch.mul(self._base_rates, factor, out=self._rates)
            self._factor = factor

    @abstractmethod
    def apply(self, gradients: Sequence[Tensor]) -> None:
        """Change the weights by their gradients, (variant, ...) each."""

    def _with_decay(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Add weight decay to the gradients, as SGD and Adam have it."""
        if not self._decay:
            return list(gradients)
        return list(torch._foreach_add(gradients, torch._foreach_mul(self._parameters, self._decay)))


class StackedSGD(StackedUpdate):
    """SGD with momentum, dampening and Nesterov's gradient."""

    def _start(self) -> None:
        self._momenta = self._zeros() if self._params["momentum"] else []
        self._share = torch.ones((), device=self._device)  # of the gradient in the momentum: all of it at first

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor]) -> None:
        gradients = self._with_decay(gradients)
        if self._momenta:
            torch._foreach_mul_(self._momenta, self._params["momentum"])
            torch._foreach_add_(self._momenta, torch._foreach_mul(gradients, self._share))
            self._share.fill_(1.0 - self._params["dampening"])
            gradients = torch._foreach_add(gradients, self._momenta, alpha=self._params["momentum"]) \
                if self._params["nesterov"] else self._momenta
        torch._foreach_sub_(self._parameters, torch._foreach_mul(gradients, self._by_parameter(self._rates)))


class StackedAdam(StackedUpdate):
    """Adam."""

    def _start(self) -> None:
        self._means, self._squares = self._zeros(), self._zeros()
        self._largest = self._zeros() if self._params["amsgrad"] else self._squares
        self._updates = self._numbers(0.0)
        self._logarithms = self._numbers([math.log(beta) if beta else -math.inf for beta in (
            self._params["beta1"], self._params["beta2"])])

    def _corrections(self) -> tuple[Tensor, Tensor]:
        """Count this update and compute the corrections of bias, 1 - beta^n, which would lose digits in float32."""
        self._updates.add_(1.0)
        first, second = -torch.expm1(self._updates * self._logarithms)
        return first, second

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor]) -> None:
        gradients = self._with_decay(gradients)
        torch._foreach_lerp_(self._means, gradients, 1.0 - self._params["beta1"])
        torch._foreach_mul_(self._squares, self._params["beta2"])
        torch._foreach_addcmul_(self._squares, gradients, gradients, value=1.0 - self._params["beta2"])
        if self._params["amsgrad"]:
            torch._foreach_maximum_(self._largest, self._squares)
        first, second = self._corrections()
        sizes = torch._foreach_div(torch._foreach_sqrt(self._largest), second.sqrt().float())
        torch._foreach_add_(sizes, self._params["eps"])
        steps = torch._foreach_div(self._means, sizes)
        torch._foreach_sub_(self._parameters, torch._foreach_mul(steps, self._by_parameter(self._rates / first)))


class StackedAdamW(StackedAdam):
    """Adam whose weight decay pulls at the weights themselves."""

    def _with_decay(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        if self._decay:
            torch._foreach_mul_(self._parameters, self._by_parameter(1.0 - self._rates * self._decays))
        return list(gradients)


STACKED_UPDATES: dict[str, type[StackedUpdate]] = {"sgd": StackedSGD, "adam": StackedAdam, "adamw": StackedAdamW}
