"""Named activations and gradients of a module, read through hooks that are always removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from copy import copy
from typing import Any

import torch
from torch import Tensor, nn

from explorer.data import to_float

_HOOKS = ("_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_forward_hooks", "_forward_hooks_with_kwargs",
          "_forward_hooks_always_called", "_backward_pre_hooks", "_backward_hooks")


class UnknownNode(KeyError):
    """An address at which the model has no module.

    >>> with record_activations(nn.Sequential(nn.ReLU()), ["conv1"]):
    ...     pass
    Traceback (most recent call last):
    explorer.hooks.UnknownNode: 'conv1'
    """


@contextmanager
def record_activations(model: nn.Module, addresses: Iterable[str], copies: bool = False) -> Iterator[dict[str, Tensor]]:
    """Record each node's output of every forward pass in the dict yielded, by address.

    Outputs are detached; further outputs of a node, nested ones too, are at `address:1`, `address:2`, ... A node that
    the pass does not call, or that gives no tensor, is missing.
    copies: whether to copy them, for modules of unknown origin that change their input in place.
    Raises UnknownNode before any hook is added.
    """
    recorded: dict[str, Tensor] = {}

    def read(output: Tensor) -> Tensor:
        return output.detach().clone() if copies else output.detach()

    def keep(address: str, output: Any) -> None:
        for port, tensor in enumerate(tensors_in(output)):
            recorded[f"{address}:{port}" if port else address] = read(tensor)

    with _watched(model, addresses, keep):
        yield recorded


@contextmanager
def record_inputs(model: nn.Module, addresses: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Record each node's first input of every forward pass, by address; a node that is not called is missing.

    Raises UnknownNode before any hook is added.

    >>> with record_inputs(line := nn.Sequential(nn.Linear(2, 3), nn.ReLU()), ["1"]) as inputs:
    ...     torch.equal(line(torch.ones(1, 2)), inputs["1"].relu())
    True
    """
    recorded: dict[str, Tensor] = {}

    def keep(address: str, inputs: Any) -> None:
        if (first := next(tensors_in(inputs), None)) is not None:
            recorded[address] = first.detach()

    handles = [module.register_forward_pre_hook(lambda _module, inputs, address=address: keep(address, inputs))
               for address, module in _modules_at(model, addresses).items()]
    try:
        yield recorded
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def record_gradients(model: nn.Module, addresses: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Record the gradient with respect to each node's output of every backward pass, by address.

    A node that no gradient reaches is missing; of several outputs of a node only the first is read. Raises
    UnknownNode before any hook is added.
    """
    recorded: dict[str, Tensor] = {}
    handles = []

    def watch(address: str, output: Any) -> None:
        first = next(tensors_in(output), None)
        if first is not None and first.requires_grad:
            handles.append(first.register_hook(lambda gradient: recorded.update({address: gradient.detach()})))

    try:
        with _watched(model, addresses, watch):
            yield recorded
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _watched(model: nn.Module, addresses: Iterable[str], see: Callable[[str, Any], None]) -> Iterator[None]:
    """Call `see(address, output)` for each of these nodes on every forward pass."""
    modules = _modules_at(model, addresses)
    handles = []
    try:
        for address, module in modules.items():
            handles.append(module.register_forward_hook(
                lambda _module, _inputs, output, address=address: see(address, output)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def tensors_in(output: Any) -> Iterator[Tensor]:
    """Yield every tensor of a module's output in order, through tuples, lists and dicts; none of complex numbers.

    >>> out, (hidden, cell) = nn.LSTM(2, 3)(torch.zeros(5, 1, 2))
    >>> [tuple(tensor.shape) for tensor in tensors_in({"out": out, "state": (hidden, cell), "weights": None})]
    [(5, 1, 3), (1, 1, 3), (1, 1, 3)]
    """
    if isinstance(output, Tensor):
        if not output.is_complex():
            yield output
    elif isinstance(output, tuple | list | Mapping):
        for part in output.values() if isinstance(output, Mapping) else output:
            yield from tensors_in(part)


@contextmanager
def in_mode(model: nn.Module, training: bool) -> Iterator[None]:
    """Put the model into training or evaluation mode, then restore each module's own mode."""
    with _modes_kept(model):
        model.train(training)
        yield


@contextmanager
def _modes_kept(model: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def left_as_found(model: nn.Module) -> Iterator[None]:
    """Restore everything on exit: hooks, each module's mode, requires_grad, gradients and buffers.

    Inside, gradients are None, so that a backward pass adds to none. Parameters are not copied: do not change them.
    """
    hooks = [(hooks, dict(hooks)) for module in model.modules() for hooks in _hooks_of(module)]
    parameters = [(parameter, parameter.requires_grad, parameter.grad) for parameter in model.parameters()]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    for parameter, _needs, _gradient in parameters:
        parameter.grad = None
    try:
        with _modes_kept(model):
            yield
    finally:
        for found, before in hooks:
            found.clear()
            found.update(before)
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)
        for parameter, needs, gradient in parameters:
            parameter.requires_grad_(needs)
            parameter.grad = gradient


def _hooks_of(module: nn.Module) -> list[dict]:
    return [getattr(module, name) for name in _HOOKS]


def predictor(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """Make a function from inputs to outputs: in evaluation mode, without gradients, float32 on the CPU.

    Inputs may be on any device, images also of uint8. Of several outputs the first is taken. Raises TypeError where the
    model gives no tensor.

    >>> predictor(nn.LSTM(2, 3))(torch.zeros(5, 1, 2)).shape
    torch.Size([5, 1, 3])
    """
    def predict(inputs: Tensor) -> Tensor:
        with torch.no_grad(), in_mode(model, training=False):
            output = next(tensors_in(model(as_taken(model, inputs).clone())), None)  # it may change them in place
        if output is None:
            raise TypeError("the model's output has no tensor")
        return output.detach().float().cpu()  # a view of a parameter has a gradient even here
    return predict


def as_taken(model: nn.Module, inputs: Tensor) -> Tensor:
    """Move inputs to the device and the floating-point type of the model's parameters; images to 0..1.

    >>> as_taken(nn.Linear(2, 1), torch.tensor([[0, 255]], dtype=torch.uint8)).tolist()
    [[0.0, 1.0]]
    """
    like = next(model.parameters(), inputs)
    moved = to_float(inputs.to(like.device))
    return moved.to(like.dtype) if moved.is_floating_point() and like.is_floating_point() else moved


def module_at(model: nn.Module, address: str) -> nn.Module:
    """Return the module of a node. Raises UnknownNode.

    >>> module_at(nn.Sequential(nn.ReLU()), "0")
    ReLU()
    """
    try:
        return model.get_submodule(address)
    except AttributeError:
        raise UnknownNode(address) from None


def _modules_at(model: nn.Module, addresses: Iterable[str]) -> dict[str, nn.Module]:
    return {address: module_at(model, address) for address in addresses}


_TOKENS_FIRST = (nn.RNNBase, nn.MultiheadAttention, nn.Transformer, nn.TransformerEncoder, nn.TransformerDecoder,
                 nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)


def samples_first(module: nn.Module, values: Tensor, samples: int) -> Tensor:
    """Return a view of a module's input or output with the axis of samples in front: (sample, ...).

    Torch's layers of sequences may have it behind that of tokens; what is not made of `samples` rows counts as one.

    >>> samples_first(nn.LSTM(2, 3), torch.zeros(5, 1, 3), 1).shape, samples_first(nn.ReLU(), torch.zeros(5), 1).shape
    (torch.Size([1, 5, 3]), torch.Size([1, 5]))
    """
    if puts_tokens_first(module) and values.dim() == 3:
        return values.transpose(0, 1)
    return values if values.dim() and len(values) == samples else values.unsqueeze(0)


def samples_back(module: nn.Module, values: Tensor, dimensions: int) -> Tensor:
    """Undo `samples_first` on what had so many axes.

    >>> line = nn.LSTM(2, 3)
    >>> samples_back(line, samples_first(line, torch.zeros(5, 1, 3), 1), 3).shape
    torch.Size([5, 1, 3])
    """
    if values.dim() > dimensions:
        return values[0]
    return values.transpose(0, 1) if puts_tokens_first(module) and dimensions == 3 else values


def puts_tokens_first(module: nn.Module) -> bool:
    """Check whether a module takes and gives (token, sample, feature).

    >>> puts_tokens_first(nn.LSTM(2, 3)), puts_tokens_first(nn.LSTM(2, 3, batch_first=True))
    (True, False)
    """
    return isinstance(module, _TOKENS_FIRST) and \
        not next((each.batch_first for each in module.modules() if hasattr(each, "batch_first")), True)


def each_tensor(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Rebuild nested arguments or outputs with every tensor changed.

    >>> each_tensor((1, [torch.ones(1)]), lambda tensor: tensor * 2)
    (1, [tensor([2.])])
    """
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, MutableMapping):
        changed = copy(value)
        for name, part in value.items():
            changed[name] = each_tensor(part, change)
        return changed
    if isinstance(value, tuple | list):
        parts = [each_tensor(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value
