"""The loss with its targets fixed, so that it is the same function of the output wherever the input is moved to."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.probes.objective import NUMBERS, kind_of, loss_with, loss_with_prediction, objective_of, predicted_targets
from explorer.probes.subject import Subject
from explorer.text import Text, text

Losses = tuple[Text, Callable[[Tensor], Tensor], Tensor]


def fixed_losses(subject: Subject, outputs: Tensor) -> Losses | None:
    """Fix the losses of a batch: what they are, a function from outputs to (sample, target), and each sample's target.

    The data's targets where there is one for each sample, else the predicted classes. None where neither is known.

    >>> from torch import nn
    >>> what, losses, own = fixed_losses(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.tensor([[0.0, 1.0]]))
    >>> round(losses(torch.zeros(3, 2))[0, own[0]].item(), 4)
    0.6931
    """
    target = subject.target if subject.target is not None and len(subject.target) == len(outputs) else None
    if target is None and kind_of(subject) == NUMBERS:
        return None
    loss = loss_with_prediction if target is None else loss_with
    distinct, own = torch.unique(predicted_targets(subject, outputs) if target is None else target, dim=0,
                                 return_inverse=True)

    def losses(given: Tensor) -> Tensor:
        of_one = torch.func.vmap(lambda output, target: loss(subject, output, target), in_dims=(None, 0))
        return torch.func.vmap(of_one, in_dims=(0, None))(given, distinct.to(given.device))
    return _describe(subject, outputs, target), losses, own


def _describe(subject: Subject, outputs: Tensor, target: Tensor | None) -> Text:
    if len(outputs) == 1:
        return objective_of(subject, outputs, target).what
    return text("the loss") if target is not None else text("the loss with the predicted class as target")
