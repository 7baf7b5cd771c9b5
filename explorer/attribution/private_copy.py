"""A private copy of a model, and the values of its inputs that can vary."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.prepared_copy import prepare
from explorer.attribution.token_entry import find_entry
from explorer.hooks import as_taken
from explorer.text import text

_HALF = (torch.float16, torch.bfloat16)


def explain(model: nn.Module, inputs: Tensor, numbers: Callable[[Tensor], Tensor],
            prepared: bool = False) -> tuple[Explained, Tensor]:
    """Make a private copy of a model ready, and the values that vary of inputs: (sample, ...), on its device.

    Half precision becomes float32. Of tokens, the numbers that the network makes of each vary. prepared: whether the
    copy is made for methods with rules for modules. Raises CannotAttribute.

    >>> explain(nn.Linear(2, 1).half(), torch.zeros(1, 2), lambda outputs: outputs)[1].dtype
    torch.float32
    """
    own = private_copy(model)
    taken = taken_by(own, inputs)
    found = find_entry(own, taken) if taken.dim() == 2 and not taken.is_floating_point() else None
    entry, values = found or (None, taken if taken.is_floating_point() else _varying(own, taken))
    if prepared:
        one = values[:1].clone().requires_grad_()
        own = prepare(own, lambda model: entry(model, one) if entry else model(one.clone()))
    return Explained(own, numbers, entry, prepared), values


def _varying(model: nn.Module, numbers: Tensor) -> Tensor:
    """Let whole numbers vary where a model takes others in their place. Raises CannotAttribute."""
    values = numbers.float()
    try:
        with torch.no_grad():
            model(values[:1])
    except (RuntimeError, TypeError, IndexError) as error:
        raise CannotAttribute(text("This network takes whole numbers and makes no row of numbers of each, so there is "
                                   "nothing that can vary. Give it what it makes of them.")) from error
    return values


def private_copy(model: nn.Module) -> nn.Module:
    """Copy a model, in evaluation mode and without gradients of parameters; half precision becomes float32."""
    try:
        own = copy.deepcopy(model)
    except (RuntimeError, TypeError) as error:
        raise CannotAttribute(text("This model cannot be copied, so it cannot be attributed: {error}",
                                   error=str(error)[:200])) from error
    is_half = any(each.dtype in _HALF for each in (*own.parameters(), *own.buffers()))
    return (own.float() if is_half else own).eval().requires_grad_(False)


def taken_by(model: nn.Module, inputs: Tensor) -> Tensor:
    """Return inputs as a model takes them, on its device; those in half precision as float32."""
    taken = as_taken(model, inputs).detach()
    return taken.float() if taken.dtype in _HALF else taken
