"""PyTorch's optimizers without its compiler.

Those of torch.optim import torch._dynamo, and sympy with it, when they are made and at each step, so that torch.compile
passes them by: 3 s or more of every start for who compiles nothing. Here they are subclasses whose methods are the
functions inside of those wrappers; numbers, states and hooks are the same.
"""

from __future__ import annotations

import inspect
from typing import TypeVar

import torch
from torch import optim

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "RMSprop", "without_compiler"]

Kind = TypeVar("Kind", bound=optim.Optimizer)

_WRAPPED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def without_compiler(kind: type[Kind]) -> type[Kind]:
    """Derive an optimizer that never imports the compiler. `differentiable` is not supported.

    >>> without_compiler(optim.Rprop)([torch.zeros(1, requires_grad=True)]).step()
    """
    unwrapped = {name: inspect.unwrap(getattr(kind, name)) for name in _WRAPPED}
    step = torch.no_grad()(inspect.unwrap(kind.step))
    return type(kind.__name__, (kind,), {**unwrapped, "step": step, "__module__": __name__})


SGD = without_compiler(optim.SGD)
Adagrad = without_compiler(optim.Adagrad)
RMSprop = without_compiler(optim.RMSprop)
Adam = without_compiler(optim.Adam)
AdamW = without_compiler(optim.AdamW)
