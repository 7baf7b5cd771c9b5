"""Attacks: small changes of an input, made to raise its loss.

Captum has both, but leaves alone what has a gradient below 1e-6, as confident networks do, takes steps by signs in an
L2 ball, and draws from the global generator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

LARGEST, EUCLIDEAN = "inf", "2"  # norms
_REACH = 2.5  # the way of all steps of PGD, in sizes: far enough for any place in the ball
Loss = Callable[[Tensor], Tensor]  # from inputs to (sample,)


class NoGradient(ValueError):
    """An error for a loss that does not depend on the input in a differentiable way."""


@dataclass(frozen=True)
class Ball:
    """The inputs that an attack may choose: those within `size` of the original, and between the limits of the data.

    norm: LARGEST for the largest change of a value, EUCLIDEAN for the length of the change. low, high: numbers, or
    tensors that broadcast over samples; an original that lies beyond them may stay there.

    >>> Ball(0.1, high=1.0).clip(torch.tensor([[0.9, 0.5]]), torch.tensor([[0.95, 0.5]])).tolist()
    [[0.8999999761581421, 0.5]]
    """

    size: float
    norm: str = LARGEST
    low: float | Tensor = -torch.inf
    high: float | Tensor = torch.inf

    def clip(self, inputs: Tensor, originals: Tensor) -> Tensor:
        """Move inputs to the nearest place of the ball, then between the limits, which is no farther away."""
        change = inputs - originals
        if self.norm == LARGEST:
            change = change.clamp(-self.size, self.size)
        else:
            change = change * (self.size / _lengths(change)).clamp(max=1)
        low, high = (torch.as_tensor(limit, dtype=inputs.dtype) for limit in (self.low, self.high))
        return torch.maximum(torch.minimum(originals + change, torch.maximum(high, originals)),
                             torch.minimum(low, originals))

    def towards(self, direction: Tensor) -> Tensor:
        """Return the change of size 1 that goes farthest in a direction: its signs, or itself made that long."""
        return direction.sign() if self.norm == LARGEST else direction / _lengths(direction)


def _lengths(changes: Tensor) -> Tensor:
    """Compute the length of each sample's change, shaped to be divided by; never 0."""
    return changes.flatten(1).norm(dim=1).clamp(min=1e-12).reshape(-1, *(1,) * (changes.dim() - 1))


def gradient_of(loss: Loss, inputs: Tensor) -> Tensor:
    """Compute the gradient of each sample's loss, 0 where it is not a number. Raises NoGradient.

    >>> gradient_of(lambda values: (values**2).sum(1), torch.tensor([[1.0, -2.0]])).tolist()
    [[2.0, -4.0]]
    """
    with torch.enable_grad():
        varied = inputs.detach().clone().requires_grad_()
        total = loss(varied).sum()
        found = torch.autograd.grad(total, varied, allow_unused=True)[0] if total.requires_grad else None
    if found is None:
        raise NoGradient
    return found.nan_to_num(0.0, 0.0, 0.0)


def fgsm(loss: Loss, inputs: Tensor, ball: Ball) -> Tensor:
    """Attack by a single step of the ball's size along the gradient. Raises NoGradient.

    Source: Goodfellow et al. 2015, section 4.

    >>> fgsm(lambda values: values.sum(1), torch.tensor([[0.5, 0.95]]), Ball(0.1, low=0, high=1)).tolist()
    [[0.6000000238418579, 1.0]]
    """
    return ball.clip(inputs + ball.size * ball.towards(gradient_of(loss, inputs)), inputs)


def pgd(loss: Loss, inputs: Tensor, ball: Ball, steps: int = 10, step_size: float | None = None, seed: int = 0,
        report: Callable[[float], None] = lambda share: None) -> Tensor:
    """Attack by many small steps from a random start in the ball, and keep each sample's input of the highest loss.

    step_size: of one step; None takes 2.5 sizes of the ball divided by the steps. report: takes the share that is
    done. Raises NoGradient. Source: Madry et al. 2018, section 2.1.

    >>> strongest = pgd(lambda values: values.sum(1), torch.tensor([[0.5, 0.95]]), Ball(0.1, low=0, high=1))
    >>> strongest.tolist()
    [[0.6000000238418579, 1.0]]
    """
    length = _REACH * ball.size / steps if step_size is None else step_size
    found = ball.clip(random_change(inputs, ball, seed, inside=True), inputs)
    best, highest = inputs, torch.full((len(inputs),), -torch.inf)
    for step in range(steps):
        found = ball.clip(found + length * ball.towards(gradient_of(loss, found)), inputs)
        with torch.no_grad():
            losses = loss(found).detach().nan_to_num(-torch.inf).to(highest)
        better = losses > highest
        highest = torch.where(better, losses, highest)
        best = torch.where(better.reshape(-1, *(1,) * (inputs.dim() - 1)), found, best)
        report((step + 1) / steps)
    return best


def random_change(inputs: Tensor, ball: Ball, seed: int = 0, inside: bool = False) -> Tensor:
    """Change inputs at random, by the ball's whole size or to a random place inside: the floor for an attack.

    >>> changed = random_change(torch.zeros(1, 4), Ball(0.5))
    >>> changed.abs().tolist()
    [[0.5, 0.5, 0.5, 0.5]]
    """
    generator = torch.Generator().manual_seed(seed)
    if ball.norm == LARGEST:
        drawn = 2 * torch.rand(inputs.shape, generator=generator) - 1
        change = drawn if inside else drawn.sign()
    else:
        change = ball.towards(torch.randn(inputs.shape, generator=generator))
        if inside:
            radius = torch.rand(len(inputs), generator=generator) ** (1 / max(1, inputs[0].numel()))
            change = change * radius.reshape(-1, *(1,) * (inputs.dim() - 1))
    return ball.clip(inputs + ball.size * change.to(inputs), inputs)
