"""A node's last call while the network computes a batch: its inputs and its output, read through hooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from explorer.hooks import each_tensor, module_at, predictor, tensors_in


@dataclass(frozen=True, eq=False)
class Call:
    """The tensors that a module got and gave, as they were then; `count`: how often one pass called it."""

    module: nn.Module
    inputs: tuple[Tensor, ...]
    output: Tensor
    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    count: int
    network_output: Tensor


class NotCalled(ValueError):
    """A node that the network does not call for this input, or that gives no tensor."""


def record_call(model: nn.Module, address: str, batch: Tensor) -> Call:
    """Run the network on a batch in evaluation mode and record the last call of a node. No hook is left behind.

    Further inputs may be named, nested or no tensors; of several outputs the first is read. Raises UnknownNode,
    NotCalled.

    >>> import torch
    >>> line = nn.Sequential(nn.Linear(2, 3), nn.ReLU(inplace=True))
    >>> call = record_call(line, "1", torch.ones(1, 2))
    >>> torch.equal(call.inputs[0].relu(), call.output), call.count
    (True, 1)
    """
    module = module_at(model, address)
    arguments, outputs = [], []
    handles = [module.register_forward_pre_hook(lambda _, args, named: arguments.append(_copy((args, named))),
                                                with_kwargs=True),
               module.register_forward_hook(
                   lambda _, args, output: outputs.append(_copy(next(tensors_in(output), None))))]
    try:
        network_output = predictor(model)(batch)
    finally:
        for handle in handles:
            handle.remove()
    if not outputs or outputs[-1] is None:
        raise NotCalled(address)
    return Call(module, tuple(tensors_in(arguments[-1])), outputs[-1], arguments[-1], len(outputs), network_output)


def _copy(value: Any) -> Any:
    """Copy the tensors of nested arguments: what follows may change them in place."""
    return each_tensor(value, lambda tensor: tensor.detach().clone())
