"""Derivatives of a whole module by one value, by forward-mode differentiation in double precision."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import functional_call, jvp

from explorer.hooks import each_tensor, in_mode, tensors_in
from explorer.operations.calls import Call


def derive_forward(call: Call, value: int | str, flat: int) -> list[Tensor]:
    """Compute the derivative of every output of a call by one value; for each output a tensor of its shape.

    value: the place of the input among the call's tensors, or the name of a parameter; flat: the index into it.
    Raises what a module raises that is no function of tensors alone.

    >>> from torch import nn
    >>> from explorer.operations import record_call
    >>> two = nn.Sequential(nn.Flatten(), nn.Tanh())
    >>> call = record_call(two, "", torch.zeros(1, 1, 2))
    >>> derive_forward(call, 0, 1)[0].tolist()
    [[0.0, 1.0]]
    """
    weights = {name: _double(each) for name, each in (*call.module.named_parameters(), *call.module.named_buffers())}
    arguments = each_tensor(call.arguments, _double)
    at = weights[value] if isinstance(value, str) else list(tensors_in(arguments))[value]

    def outputs(given: Tensor) -> tuple[Tensor, ...]:
        args, named = each_tensor(arguments, lambda each: given if each is at else each)
        known = {name: given if each is at else each for name, each in weights.items()}
        # which a module may change in place
        args, named = each_tensor((args, named), lambda each: each.clone())
        return tuple(tensors_in(functional_call(call.module, known, args, named)))

    toward = torch.zeros(at.numel(), dtype=at.dtype, device=at.device)
    toward[flat] = 1
    with in_mode(call.module, training=False), torch.no_grad():
        return list(jvp(outputs, (at,), (toward.reshape(at.shape),))[1])


def _double(tensor: Tensor) -> Tensor:
    return tensor.detach().double() if tensor.is_floating_point() else tensor.detach()
