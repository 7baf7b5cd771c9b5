"""One pass forward and back: every module's call with its inputs, and the gradient that arrives at what it gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import as_taken, each_tensor, in_mode, tensors_in
from explorer.network.building import BuiltNetwork, leaves, sources_of
from explorer.operations import Call
from explorer.probes.objective import objective_of
from explorer.probes.subject import Subject
from explorer.text import Text


class Output(NamedTuple):
    """One output of a call: the call's place in the order of the pass, and the output's number."""

    call: int
    port: int


@dataclass(eq=False)
class PassedCall:
    """A call of a module, and where each of its inputs came from: None for what no module gave.

    outputs: connected for gradients; gradients: with respect to them, None where none arrives.
    """

    address: str
    call: Call
    origins: tuple[Output | None, ...]
    outputs: tuple[Tensor, ...]
    gradients: tuple[Tensor | None, ...] = ()

    @property
    def has_ends(self) -> bool:
        """True for a recurrent block, whose second output are its last states once more."""
        return type(self.call.module).__name__ == "Recurrent" and len(self.outputs) > 1

    @property
    def ends(self) -> np.ndarray:
        """The flat places of a recurrent block's last states among all of its states: the first ones read backward."""
        _sample, tokens, features = self.outputs[0].shape
        forward = self.call.module.hidden_size
        places = np.arange(features) + (tokens - 1) * features
        return np.where(np.arange(features) < forward, places, np.arange(features))


@dataclass(eq=False)
class BackwardPass:
    """All calls of a pass in order, and the number whose gradient was computed. result: the network's own output.

    end: which call gave it, if any did. of_output: the number's gradient with respect to it. parameters: gradients by
    name of the parameters asked for, zero where none arrives.
    """

    calls: list[PassedCall] = field(default_factory=list)
    result: Tensor | None = None
    end: Output | None = None
    value: float = 0.0
    what: Text | None = None
    note: Text | None = None
    of_output: Tensor | None = None
    parameters: dict[str, Tensor] = field(default_factory=dict)
    not_trained: frozenset[str] = frozenset()

    def at(self, address: str) -> list[int]:
        """List the places of a module's calls."""
        return [place for place, each in enumerate(self.calls) if each.address == address]

    def readers(self, output: Output) -> Iterator[tuple[int, int]]:
        """Yield (call, number of the input) of all that read an output."""
        for place, each in enumerate(self.calls):
            yield from ((place, port) for port, origin in enumerate(each.origins) if origin == output)


def pass_back(subject: Subject, of: str, node: str) -> BackwardPass:
    """Compute the first sample's number and its gradients, in evaluation mode; also of the parameters of `node`.

    of: "" for the loss, else the index of an output. The model's parameters and hooks are left changed, for
    `left_as_found`. Raises BadValue.
    """
    model, made = subject.model, BackwardPass()
    made.not_trained = frozenset(name for name, each in model.named_parameters() if not each.requires_grad)
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    recorder = _Recorder(made)
    with torch.enable_grad(), in_mode(model, training=False), torch.backends.cudnn.flags(enabled=False), \
            _hooked(_watched(model), recorder):  # cuDNN has no backward pass of RNNs in evaluation mode
        result = next(tensors_in(model(as_taken(model, subject.batch[:1]).clone())))
        made.end = recorder.origin_of(result)
        target = None if subject.target is None else subject.target[:1]
        objective = objective_of(subject, result, target, of)
        made.value, made.what, made.note = objective.values[0].item(), objective.what, objective.note
        _differentiate(made, objective.values[0], result, model, node)
    return made


def _differentiate(made: BackwardPass, value: Tensor, result: Tensor, model: nn.Module, node: str) -> None:
    owned = {name: each for name, each in model.named_parameters() if name.startswith(f"{node}.")}
    outputs = [each for call in made.calls for each in call.outputs]
    wanted = [each for each in (*outputs, *owned.values(), result) if each.requires_grad]
    found = dict(zip(map(id, wanted), torch.autograd.grad(value, wanted, allow_unused=True), strict=True)) \
        if value.requires_grad else {}
    for call in made.calls:
        call.gradients = tuple(found.get(id(each)) for each in call.outputs)
    made.result, made.of_output = result.detach(), found.get(id(result))
    made.parameters = {name: torch.zeros_like(each) if found.get(id(each)) is None else found[id(each)]
                       for name, each in owned.items()}


def _watched(model: nn.Module) -> dict[str, nn.Module]:
    """Find the modules that compute something; a block's own inputs only pass on what reaches the block."""
    if isinstance(model, BuiltNetwork):
        return {address: module for address, module in leaves(model)
                if "." not in address or sources_of(model, address)}
    return {name: each for name, each in model.named_modules() if name and not list(each.children())} or {"": model}


class _Recorder:
    """Calls as they happen. Whoever reads an output gets a copy of its own, which tells where it came from."""

    def __init__(self, made: BackwardPass) -> None:
        self._made, self._given = made, []
        self._origins: dict[int, Output] = {}  # of the copies, by identity
        self._begun: dict[str, tuple[Any, tuple[Output | None, ...]]] = {}

    def origin_of(self, tensor: Tensor) -> Output | None:
        """Return which output a tensor is a copy of."""
        return self._origins.get(id(tensor))

    def begin(self, address: str, arguments: Any) -> None:
        """Note a call's arguments as they are now, and where they came from."""
        copied = each_tensor(arguments, lambda each: each.detach().clone())
        self._begun[address] = copied, tuple(map(self.origin_of, tensors_in(arguments)))

    def end(self, address: str, module: nn.Module, output: Any) -> Any:
        """Note a call's outputs, and return copies of them."""
        arguments, origins = self._begun.pop(address)
        place, outputs = len(self._made.calls), []

        def copy(tensor: Tensor) -> Tensor:
            kept = tensor if tensor.requires_grad or not tensor.is_floating_point() else \
                tensor.detach().clone().requires_grad_()  # nothing goes back from here, but it arrives
            given = kept.clone()
            self._given.append(given)  # so that no other tensor gets its identity
            self._origins[id(given)] = Output(place, len(outputs))
            outputs.append(kept)
            return given

        copied = each_tensor(output, lambda each: each if each.is_complex() else copy(each))
        if outputs:
            call = Call(module, tuple(tensors_in(arguments)), outputs[0].detach(), arguments, 1, outputs[0].detach())
            self._made.calls.append(PassedCall(address, call, origins, tuple(outputs)))
        return copied


@contextmanager
def _hooked(modules: dict[str, nn.Module], recorder: _Recorder) -> Iterator[None]:
    handles = []
    try:
        for address, module in modules.items():
            handles.append(module.register_forward_pre_hook(_before(recorder, address), with_kwargs=True))
            handles.append(module.register_forward_hook(_behind(recorder, address)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _before(recorder: _Recorder, address: str) -> Callable[..., None]:
    return lambda _module, args, named: recorder.begin(address, (args, named))


def _behind(recorder: _Recorder, address: str) -> Callable[..., Any]:
    return lambda module, _args, output: recorder.end(address, module, output)
