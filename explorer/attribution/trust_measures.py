"""Infidelity and sensitivity of attributions, by captum.metrics."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

PASS_ROWS = 256  # inputs of one pass, at most


def unexplained_share(numbers: nn.Module, inputs: Tensor, targets: Tensor, baselines: Tensor, attributions: Tensor,
                      is_gradient: bool, places: tuple[int, ...], share: float = 0.2, draws: int = 32,
                      seed: int = 0, rows: int = PASS_ROWS) -> Tensor:
    """Measure how much of a number's change an attribution does not predict, when places at random are removed.

    Infidelity with the attribution scaled as fits best, by a factor of at least 0, over that of no attribution at all:
    1 - C² / (A B), where over draws A is the mean square of what the attribution predicts, B that of the change, and C
    the mean of their product (1 where C is negative): 0 for a perfect prediction, 1 for none. NaN for a sample whose
    number never changes.

    numbers: a module from inputs to (row, number). targets: (sample,), which is explained. baselines: like the inputs.
    attributions: (sample, ...), axes of size 1 are spread evenly over those of the inputs. is_gradient: whether they
    are per unit of the input. places: the shape of one number for each place of an input; axes of size 1 are of values
    that go together. share: of the places that each draw removes. rows: inputs of one
    pass. Source: Yeh et al. 2019, definition 2.1 and
    section 2.2.

    >>> line = nn.Linear(3, 1, bias=False)
    >>> shares = unexplained_share(line, torch.ones(1, 3), torch.tensor([0]), torch.zeros(1, 3), line.weight.detach(),
    ...                            is_gradient=False, places=(3,))
    >>> round(abs(shares.item()), 6)
    0.0
    """
    from captum import metrics

    spread = _spread(attributions.double(), inputs)
    scaled = spread / spread.flatten(1).norm(dim=1).clamp(min=1e-30).view(-1, *[1] * (inputs.dim() - 1))

    def infidelity(of: Tensor) -> Tensor:
        remove = _removal(is_gradient, places, share, seed)
        return metrics.infidelity(numbers, remove, inputs, of, baselines=baselines, target=targets,
                                  n_perturb_samples=draws, max_examples_per_batch=_rows(inputs, draws, rows))

    change, one, other = infidelity(torch.zeros_like(scaled)), infidelity(scaled), infidelity(-scaled)
    product, predicted = (other - one) / 4, (one + other) / 2 - change
    explained = torch.where(predicted > 0, product.clamp(min=0) ** 2 / (predicted * change), 0.0)
    return torch.where(change > 0, 1 - explained, torch.nan)


def _spread(attributions: Tensor, inputs: Tensor) -> Tensor:
    """Spread attributions evenly over axes that they do not have, so that their sums remain."""
    return attributions.expand(inputs.shape) / (inputs[0].numel() / attributions[0].numel())


def _removal(is_gradient: bool, places: tuple[int, ...], share: float,
             seed: int) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Make a function that puts places at random to the baseline, the same ones each time it is made."""
    generator = torch.Generator().manual_seed(seed)

    def remove(rows: Tensor, baselines: Tensor) -> tuple[Tensor, Tensor]:
        removed = (torch.rand(len(rows), *places, generator=generator) < share).to(rows.device)
        step = torch.where(removed, rows - baselines, 0.0)
        return step if is_gradient else removed.expand(rows.shape).to(rows.dtype), rows - step
    return remove


def _rows(inputs: Tensor, draws: int, most: int = PASS_ROWS) -> int:
    """Return how many rows a pass has, of the draws for all inputs; Captum wants at least one draw for each."""
    return max(min(most, len(inputs) * draws), len(inputs))


def largest_change(explain: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, targets: Tensor, radius: float = 0.02,
                   draws: int = 10, seed: int = 0) -> Tensor:
    """Measure how much an attribution changes, at most, when the input changes a little: (sample,).

    The norm of the change over that of the attribution, the largest of some draws from a box around the input.
    explain: from inputs and targets to attributions, (row, ...). radius: half of the box's width, in units of the
    inputs. Source: Yeh et al. 2019, definition 3.1.

    >>> largest_change(lambda rows, targets: torch.ones_like(rows), torch.ones(2, 3), torch.tensor([0, 0])).tolist()
    [0.0, 0.0]
    """
    from captum import metrics

    generator = torch.Generator().manual_seed(seed)

    def nearby(rows: Tensor, within: float) -> Tensor:
        return rows + within * (2 * torch.rand(rows.shape, generator=generator).to(rows) - 1)

    def attributed(rows: Tensor | tuple[Tensor], target: Tensor) -> tuple[Tensor]:
        with torch.enable_grad():
            first = rows[0] if isinstance(rows, tuple) else rows
            return (explain(first, target.expand(len(first)) if len(target) == 1 else target).detach(),)

    return metrics.sensitivity_max(attributed, inputs, nearby, perturb_radius=radius, n_perturb_samples=draws,
                                   max_examples_per_batch=_rows(inputs, draws), target=targets)
