"""Traces: one pass of a model with every node's output kept for gradients, and which node feeds which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from explorer.hooks import as_taken, each_tensor, in_mode, module_at, samples_back, samples_first, tensors_in
from explorer.network.building import BuiltNetwork, leaves, sources_of
from explorer.probes.subject import NotApplicable, no_output
from explorer.text import text

ENTRY = "input"  # names the input of a model that has no node for it


@dataclass
class Trace:
    """Outputs by address in the order of the pass, and the nodes that feed each. Tokens have no gradient.

    A module that the pass calls several times is at its address with its last output, as elsewhere; the earlier ones
    are at `address (1)`, `address (2)`, ... borders: the inputs of the blocks inside the network.
    """

    values: dict[str, Tensor] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    borders: frozenset[str] = frozenset()

    def gradients(self, target: Tensor) -> dict[str, Tensor]:
        """Compute the gradient of a number with respect to every output that it depends on."""
        inner = {address: value for address, value in self.values.items() if value.requires_grad}
        if not target.requires_grad or not inner:
            return {}
        found = torch.autograd.grad(target, list(inner.values()), allow_unused=True)
        return {address: each for address, each in zip(inner, found, strict=True) if each is not None}


def trace(
    model: nn.Module, batch: Tensor, node: str, weights: Mapping[str, Tensor] | None = None, slope: float = 0.0,
) -> Trace:
    """Run the model in evaluation mode; keep the outputs of its leaves and of `node`, connected for gradients.

    A network that was built is run no further than `node`. weights: take the place of the model's own. slope: the
    derivative of a module that has none, such as a step. Raises UnknownNode.
    """
    watched = _leaves_and(model, node)
    keeper = _Keeper(len(batch), node if isinstance(model, BuiltNetwork) else None, slope)
    with (torch.enable_grad(), in_mode(model, training=False), _frozen(model), _hooked(watched, keeper),
          suppress(_Reached)):
        entry = keeper.begin(model, as_taken(model, batch))
        functional_call(model, dict(weights or {}), (entry,))
    keeper.made.borders = frozenset(_borders(model))
    return keeper.made


def entry_of(model: nn.Module) -> str:
    """Return the address of a model's first input."""
    return model._plan[0][0] if isinstance(model, BuiltNetwork) else ENTRY


def run_to(model: nn.Module, node: str, inputs: Tensor, weights: Mapping[str, Tensor] | None = None) -> Tensor:
    """Run the model in evaluation mode as far as a node, and return its output; no more is computed in vain.

    Gradients reach the inputs if those require them, never the parameters. Inputs are as the model takes them. weights:
    take the place of the model's own. Raises UnknownNode; NotApplicable where the node has no output.

    >>> run_to(nn.Sequential(nn.ReLU(), nn.Flatten()), "0", torch.tensor([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """
    reached: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
        reached[:] = list(tensors_in(output))[:1]
        if isinstance(model, BuiltNetwork):  # other models may call a module again
            raise _Reached

    with in_mode(model, training=False), _frozen(model), _watched_by(module_at(model, node), keep), suppress(_Reached):
        functional_call(model, dict(weights or {}), (inputs.clone(),))  # which a module may change in place
    if not reached:
        raise no_output(node)
    return samples_first(module_at(model, node), reached[0], len(inputs))


class _Reached(Exception):
    """The end of a pass that has come as far as it was wanted."""


@contextmanager
def _watched_by(module: nn.Module, see: Callable[..., None]) -> Iterator[None]:
    handle = module.register_forward_hook(see)
    try:
        yield
    finally:
        handle.remove()


def called(address: str) -> str:
    """Return the module's address of an output: without the number of an earlier call.

    >>> called("relu (1)"), called("block1.relu")
    ('relu', 'block1.relu')
    """
    return address.partition(" (")[0]


def no_gradient(node: str) -> NotApplicable:
    """Explain that a node's values, as those of a step, do not follow small changes of the input."""
    return NotApplicable(text("{node} has no gradient: small changes of the input do not move its values. Choose a "
                              "node before it.", node=node))


def _borders(model: nn.Module) -> Iterator[str]:
    for around, block in model.named_modules():
        if around and isinstance(block, BuiltNetwork):
            yield from (f"{around}.{name}" for name in block._modules if not sources_of(model, f"{around}.{name}"))


class _Keeper:
    """Outputs as they appear, each a copy, so that a later node may change its input in place.

    last: where the pass may end; other models than built ones may call a module again.
    """

    def __init__(self, samples: int, last: str | None, slope: float) -> None:
        self.made, self._samples, self._last, self._slope = Trace(), samples, last, slope
        self._origins: dict[Any, str] = {}  # autograd's node -> the address whose output it made
        self._tokens: tuple[str, ...] = ()  # the last address with whole numbers
        self._calls: dict[str, int] = {}

    def begin(self, model: nn.Module, batch: Tensor) -> Tensor:
        """Return the input of the pass, connected for gradients where it can be; a node where the model has none."""
        entry = _connected(batch) if batch.is_floating_point() else batch.clone()
        return entry if isinstance(model, BuiltNetwork) else self.keep(ENTRY, entry)

    def replace(self, address: str, module: nn.Module, inputs: Any, output: Any) -> Any:
        """Keep an output's first tensor, and return the output with a copy in its place."""
        first = next(tensors_in(output), None)
        if first is not None:
            kept = self.keep(address, samples_first(module, self._joined(first, inputs), self._samples))
            copied = samples_back(module, kept, first.dim())
            output = each_tensor(output, lambda each: copied if each is first else each)
        if address == self._last:
            raise _Reached
        return output

    def _joined(self, output: Tensor, inputs: Any) -> Tensor:
        """Connect an output to the inputs of a module that cuts gradients off; its values stay."""
        if output.requires_grad or not output.is_floating_point():
            return output
        for each in tensors_in(inputs):
            if each.requires_grad:
                change = self._slope * (each - each.detach()).nan_to_num().to(output.dtype)  # zero
                output = output + (change if change.shape == output.shape else change.sum())
        return output

    def keep(self, address: str, output: Tensor) -> Tensor:
        """Keep values, (sample, ...), and return a copy."""
        self._set_aside(address)
        if not output.is_floating_point():
            self.made.values[address], self.made.sources[address] = output.detach().clone(), self._tokens
            self._tokens = (address,)
            return output
        starts = not output.requires_grad  # made of tokens, or of nothing
        kept = (_connected(output) if starts else output).clone()
        self.made.values[address] = kept
        self.made.sources[address] = self._tokens if starts else tuple(self._behind(output.grad_fn))
        self._origins[kept.grad_fn] = address
        return kept.clone()

    def _set_aside(self, address: str) -> None:
        """Make room for a further output of a module that is called again."""
        if address not in self.made.values:
            return
        self._calls[address] = self._calls.get(address, 0) + 1
        earlier = f"{address} ({self._calls[address]})"
        value = self.made.values[earlier] = self.made.values.pop(address)
        self.made.sources[earlier] = self.made.sources.pop(address)
        self._origins[value.grad_fn] = earlier
        self.made.sources |= {each: tuple(earlier if source == address else source for source in sources)
                              for each, sources in self.made.sources.items()}

    def _behind(self, start: Any) -> Iterator[str]:
        """Yield the nodes whose outputs a value was made of, each once, by a walk over autograd's graph."""
        waiting, seen = [start], {start}
        while waiting:
            step = waiting.pop(0)
            if step in self._origins:
                yield self._origins[step]
                continue
            for behind, _port in getattr(step, "next_functions", ()):
                if behind is not None and behind not in seen:
                    seen.add(behind)
                    waiting.append(behind)


def _connected(value: Tensor) -> Tensor:
    return value.detach().clone().requires_grad_()


def _leaves_and(model: nn.Module, node: str) -> dict[str, nn.Module]:
    if isinstance(model, BuiltNetwork):
        found = dict(leaves(model))
    else:
        found = {name: each for name, each in model.named_modules() if name and not list(each.children())}
    return found | {node: module_at(model, node)}


@contextmanager
def _hooked(modules: Mapping[str, nn.Module], keeper: _Keeper) -> Iterator[None]:
    handles = [module.register_forward_hook(_hook(keeper, address)) for address, module in modules.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hook(keeper: _Keeper, address: str) -> Callable[..., Any]:
    return lambda module, inputs, output: keeper.replace(address, module, inputs, output)


@contextmanager
def _frozen(model: nn.Module) -> Iterator[None]:
    """Take the parameters' gradients off: only those of the outputs are wanted."""
    needs = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    for parameter, _need in needs:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter, need in needs:
            parameter.requires_grad_(need)
