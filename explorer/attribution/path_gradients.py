"""Gradients at many points, summed: what averages over a path or over noise has in common."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.attribution.chunks import chunks, rows_that_fit
from explorer.attribution.explained import Explained

Points = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # (row,), (row,): samples, draws -> points, factors


def gradients(explained: Explained, values: Tensor, targets: Tensor) -> Tensor:
    """Compute the gradient of each sample's number with respect to its values; 0 where none reaches them.

    >>> line = torch.nn.Linear(2, 1)
    >>> found = gradients(Explained(line, lambda outputs: outputs), torch.zeros(1, 2), torch.tensor([0]))
    >>> torch.equal(found, line.weight)
    True
    """
    leaf = values.detach().requires_grad_()
    with torch.enable_grad():
        number = explained.picked(leaf, targets).sum()
    if not number.requires_grad:
        return torch.zeros_like(leaf)
    return torch.autograd.grad(number, leaf, allow_unused=True, materialize_grads=True)[0]


def summed_gradients(explained: Explained, inputs: Tensor, targets: Tensor, draws: int, points: Points) -> Tensor:
    """Sum gradients at so many points for each sample, each times a factor, in chunks that fit into memory.

    points(samples, draws) gives those of such rows, (row, ...), and their factors, which broadcast with them.

    >>> square = Explained(torch.nn.Identity(), lambda outputs: outputs.square())
    >>> at = lambda samples, draws: (draws[:, None] + 1.0, torch.tensor(0.5))
    >>> summed_gradients(square, torch.zeros(1, 1), torch.tensor([0]), 2, at)
    tensor([[3.]])
    """
    total, device = torch.zeros_like(inputs), inputs.device
    for rows in chunks(len(inputs) * draws, rows_that_fit(explained, inputs) if len(inputs) * draws > 1 else 1):
        row = torch.arange(rows.start, rows.stop, device=device)
        samples, draw = row // draws, row % draws
        values, factors = points(samples, draw)
        total.index_add_(0, samples, gradients(explained, values, targets[samples]) * factors)
    return total
