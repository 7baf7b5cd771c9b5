"""Updates of stacked weights: PyTorch's optimizers, element by element, with a learning rate for each network.

A parameter of K networks is one tensor (variant, ...). Every number that differs between them, or from step to step,
lies in a small tensor that is filled before the step, so that a graph can hold the update itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.recipe import Recipe


class StackedUpdate(ABC):
    """The update of stacked parameters. `prepare` gives it the numbers of a step, `apply` changes the weights."""

    rows: int  # how many numbers a network has in a step

    def __init__(self, recipes: Sequence[Recipe], parameters: Sequence[Tensor]) -> None:
        self._parameters = list(parameters)
        self._params = dict(recipes[0].optimizer.params)
        self._decays = [recipe.weight_decay for recipe in recipes]
        device = self._parameters[0].device
        self._numbers = torch.zeros(self.rows, len(recipes), device=device)
        self._prepared: list[list[float]] = []
        self._decay = self._by_parameter(torch.tensor(self._decays, device=device))
        self._start()

    @abstractmethod
    def _start(self) -> None:
        """Make what is kept from step to step."""

    def _by_parameter(self, values: Tensor) -> list[Tensor]:
        """Shape one number a network, (variant,), to multiply each parameter."""
        return [values.view(-1, *(1,) * (parameter.dim() - 1)) for parameter in self._parameters]

    def _zeros(self) -> list[Tensor]:
        return [torch.zeros_like(parameter, requires_grad=False) for parameter in self._parameters]

    def prepare(self, step: int, rates: Sequence[float]) -> None:
        """Prepare update `step`, 0 is the first, with these learning rates. Not part of a graph."""
        numbers = self._numbers_of(step, rates)
        if numbers != self._prepared:
            self._numbers.copy_(torch.tensor(numbers))
            self._prepared = numbers

    @abstractmethod
    def _numbers_of(self, step: int, rates: Sequence[float]) -> list[list[float]]:
        """Compute the numbers of a step, in Python's precision: (row, variant)."""

    @abstractmethod
    def apply(self, gradients: Sequence[Tensor]) -> None:
        """Change the weights by their gradients, (variant, ...) each."""

    def _with_decay(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Add weight decay to the gradients, as SGD and Adam have it."""
        if not any(self._decays):
            return list(gradients)
        return list(torch._foreach_add(gradients, torch._foreach_mul(self._parameters, self._decay)))


class StackedSGD(StackedUpdate):
    """SGD with momentum, dampening and Nesterov's gradient. Rows: learning rate, share of the gradient in the momentum.
    """

    rows = 2

    def _start(self) -> None:
        self._rate, self._share = map(self._by_parameter, self._numbers)
        self._momenta = self._zeros() if self._params["momentum"] else []

    def _numbers_of(self, step: int, rates: Sequence[float]) -> list[list[float]]:
        share = 1.0 if step == 0 else 1.0 - self._params["dampening"]  # PyTorch begins with the gradient itself
        return [list(rates), [share] * len(rates)]

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor]) -> None:
        gradients = self._with_decay(gradients)
        if self._momenta:
            torch._foreach_mul_(self._momenta, self._params["momentum"])
            torch._foreach_add_(self._momenta, torch._foreach_mul(gradients, self._share))
            gradients = torch._foreach_add(gradients, self._momenta, alpha=self._params["momentum"]) \
                if self._params["nesterov"] else self._momenta
        torch._foreach_sub_(self._parameters, torch._foreach_mul(gradients, self._rate))


class StackedAdam(StackedUpdate):
    """Adam. Rows: learning rate over the first correction of bias, root of the second, share of a weight that is kept.
    """

    rows = 3

    def _start(self) -> None:
        self._rate, self._root, self._kept = map(self._by_parameter, self._numbers)
        self._means, self._squares = self._zeros(), self._zeros()
        self._largest = self._zeros() if self._params["amsgrad"] else self._squares

    def _numbers_of(self, step: int, rates: Sequence[float]) -> list[list[float]]:
        first, second = (1.0 - self._params[beta] ** (step + 1) for beta in ("beta1", "beta2"))
        return [[rate / first for rate in rates], [second**0.5] * len(rates),
                [1.0 - rate * decay for rate, decay in zip(rates, self._decays, strict=True)]]

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor]) -> None:
        gradients = self._with_decay(gradients)
        torch._foreach_lerp_(self._means, gradients, 1.0 - self._params["beta1"])
        torch._foreach_mul_(self._squares, self._params["beta2"])
        torch._foreach_addcmul_(self._squares, gradients, gradients, value=1.0 - self._params["beta2"])
        if self._params["amsgrad"]:
            torch._foreach_maximum_(self._largest, self._squares)
        sizes = torch._foreach_div(torch._foreach_sqrt(self._largest), self._root)
        torch._foreach_add_(sizes, self._params["eps"])
        steps = torch._foreach_div(self._means, sizes)
        torch._foreach_sub_(self._parameters, torch._foreach_mul(steps, self._rate))


class StackedAdamW(StackedAdam):
    """Adam whose weight decay pulls at the weights themselves."""

    def _with_decay(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        if any(self._decays):
            torch._foreach_mul_(self._parameters, self._kept)
        return list(gradients)


STACKED_UPDATES: dict[str, type[StackedUpdate]] = {"sgd": StackedSGD, "adam": StackedAdam, "adamw": StackedAdamW}
