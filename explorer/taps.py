"""Named activations and gradients of a module, read through hooks that are always taken off again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import Tensor, nn


class UnknownNode(KeyError):
    """An address that the model has no module at."""


@contextmanager
def record_activations(model: nn.Module, addresses: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """While open, every forward pass puts each node's output into the dict given, by address.

    Outputs are detached; of a node with several, the further ones are at `address:1`, `address:2`, ... Raises
    UnknownNode before any hook is set.
    """
    modules = _modules_at(model, addresses)
    recorded: dict[str, Tensor] = {}
    handles = []
    try:
        for address, module in modules.items():
            def keep(_module: nn.Module, _inputs: tuple, output: Tensor | tuple[Tensor, ...],
                     address: str = address) -> None:
                first, *others = output if isinstance(output, tuple) else (output,)
                recorded[address] = first.detach()
                recorded.update((f"{address}:{port}", other.detach()) for port, other in enumerate(others, 1))

            handles.append(module.register_forward_hook(keep))
        yield recorded
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def record_gradients(model: nn.Module, addresses: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """While open, every backward pass puts the gradient with respect to each node's output into the dict, by address.

    A node that no gradient reaches is not in it. Of a node with several outputs only the first is read. Raises
    UnknownNode before any hook is set.
    """
    modules = _modules_at(model, addresses)
    recorded: dict[str, Tensor] = {}
    handles = []
    try:
        for address, module in modules.items():
            def watch(_module: nn.Module, _inputs: tuple, output: Tensor | tuple[Tensor, ...],
                      address: str = address) -> None:
                first = output[0] if isinstance(output, tuple) else output
                if first.requires_grad:
                    handles.append(first.register_hook(lambda gradient: recorded.update({address: gradient.detach()})))

            handles.append(module.register_forward_hook(watch))
        yield recorded
    finally:
        for handle in handles:
            handle.remove()


def read_constants(model: nn.Module, addresses: Iterable[str]) -> dict[str, Tensor]:
    """The parameters and buffers of these nodes by `address.name`, detached: weights, masks, positions.

    Raises UnknownNode.
    """
    return {f"{address}.{name}": tensor.detach() for address, module in _modules_at(model, addresses).items()
            for name, tensor in (*module.named_parameters(), *module.named_buffers())}


@contextmanager
def in_mode(model: nn.Module, training: bool) -> Iterator[None]:
    """The model in training or evaluation mode for a while; each module's own mode is given back."""
    modes = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _modules_at(model: nn.Module, addresses: Iterable[str]) -> dict[str, nn.Module]:
    modules = {}
    for address in addresses:
        try:
            modules[address] = model.get_submodule(address)
        except AttributeError:
            raise UnknownNode(address) from None
    return modules
