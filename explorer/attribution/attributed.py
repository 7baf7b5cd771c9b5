"""Attribution of a batch by one method, with what its completeness is measured by."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.attribution.attribution_error import completeness_error
from explorer.attribution.attribution_method import Method
from explorer.attribution.explained import Explained


@dataclass(frozen=True)
class Attributed:
    """Attributions of a batch. values: (sample, ...). sums, differences: (sample,), where the method is complete."""

    values: Tensor
    sums: Tensor
    differences: Tensor

    @property
    def error(self) -> float:
        """The completeness error over the batch; NaN where the method promises none."""
        return completeness_error(self.sums, self.differences) if len(self.sums) else float("nan")


def attribute(method: Method, model: nn.Module, inputs: Tensor, numbers: Callable[[Tensor], Tensor], targets: Tensor,
              options: Mapping[str, Any]) -> Attributed:
    """Attribute numbers of a model's output to its inputs, on a copy of the model in evaluation mode.

    numbers: takes (sample, number) from the output. targets: (sample,), their places.

    >>> line = nn.Linear(2, 1)
    >>> found = attribute(_example(), line, torch.ones(1, 2), lambda outputs: outputs, torch.tensor([0]), {})
    >>> torch.allclose(found.values, line.weight)
    True
    """
    explained = Explained(copy.deepcopy(model).eval(), numbers)
    values = method.attribute(explained, inputs, targets, **options).detach()
    if not method.is_complete:
        return Attributed(values, values.new_empty(0), values.new_empty(0))
    with torch.no_grad():
        differences = explained.picked(inputs, targets) - explained.picked(torch.zeros_like(inputs), targets)
    return Attributed(values, values.flatten(1).sum(1), differences)


def _example() -> Method:
    from explorer.attribution.gradient_methods import INPUT_X_GRADIENT

    return INPUT_X_GRADIENT
