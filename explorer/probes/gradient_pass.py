"""One pass back through a network: the gradients of a number with respect to outputs, edges and parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from explorer.attribution.rnn_gradients import without_cudnn
from explorer.hooks import as_taken, module_at, record_gradients, samples_first, tensors_in
from explorer.network import analyze
from explorer.network.building import BuiltNetwork, ports_into
from explorer.probes.objective import LOSS_OF, objective_of
from explorer.probes.subject import NotApplicable, Subject
from explorer.text import Text, text

MOST_WORK = 4e9  # multiply-adds of a batch: more takes longer than a person waits for a view that follows


class Edge(NamedTuple):
    """A way from a node's output to an input of another one; target "" leads out of the block, or to the loss."""

    source: str
    source_port: int
    target: str
    port: int


@dataclass(frozen=True)
class Gradients:
    """Gradients of each sample's number, (sample, ...); where none arrives, there is no entry.

    what: the number, a phrase for a sentence. value: its mean. outputs: by address. edges: with respect to what comes
    through an edge; None where no gradient can pass, as for whole numbers and what is made of them. parameters: by
    name, of the mean over the samples.
    """

    what: Text
    value: float
    samples: int
    outputs: Mapping[str, Tensor]
    edges: Mapping[Edge, Tensor | None] = field(default_factory=dict)
    parameters: Mapping[str, Tensor] = field(default_factory=dict)

    def can_reach(self, address: str) -> bool:
        """Check whether a gradient can arrive at a node; where its edges are not known, it can."""
        leaving = [share for edge, share in self.edges.items() if edge.source == address]
        return not leaving or any(share is not None for share in leaving)


def gradients_of(subject: Subject, addresses: Iterable[str], of: str = LOSS_OF, samples: int = 0,
                 level: str | None = None) -> Gradients:
    """Compute gradients in evaluation mode, of the loss or of one output, as `objective_of` has it.

    samples: how many of the test part, 0 for the subject's own first sample. level: the block whose edges come along,
    "" for the whole network; a model that was not built from a document has none. Of several outputs of a node the
    first is read. The parameters' requires_grad and grad are changed: `left_as_found` restores them.
    Raises UnknownNode, BadValue, NotApplicable.
    """
    model, addresses = subject.model, list(addresses)
    inputs, target = _samples(subject, samples) if samples else (subject.batch[:1], own_target(subject))
    if samples:
        subject = replace(subject, tokens=None)  # of a sample's text, all is read
    with ready_for_gradients(model), record_gradients(model, addresses) as outputs, \
            _edges_recorded(model, level) as edges:
        found = next(tensors_in(model(_as_leaf(model, inputs).clone())))  # which a module may change in place
        goal = objective_of(subject, found, target, of)
        if goal.values.requires_grad:
            goal.values.sum().backward()
    outputs = {address: samples_first(module_at(model, address), outputs[address], len(inputs))
               for address in addresses if address in outputs}
    parameters = {name: parameter.grad / len(inputs) for name, parameter in model.named_parameters()
                  if parameter.grad is not None}
    return Gradients(goal.what, goal.values.mean().item(), len(inputs), outputs, edges, parameters)


def norm_of(gradient: Tensor) -> float:
    """Compute the norm of a gradient, (sample, ...), averaged over the samples.

    >>> norm_of(torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    3.0
    """
    return gradient.flatten(1).norm(dim=1).mean().item() if gradient.dim() > 1 else gradient.abs().mean().item()


@contextmanager
def ready_for_gradients(model: nn.Module) -> Iterator[None]:
    """Enter evaluation mode with gradients of all parameters, also of frozen ones; for `left_as_found` to undo.

    >>> line = nn.Linear(1, 1).requires_grad_(False)
    >>> with ready_for_gradients(line):
    ...     line.training, line.weight.requires_grad
    (False, True)
    """
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    model.eval()
    with torch.enable_grad(), without_cudnn(model):
        yield


def own_target(subject: Subject) -> Tensor | None:
    """Return the first sample's target, (1, ...), where it is known."""
    return None if subject.target is None else subject.target[:1]


def _samples(subject: Subject, wanted: int) -> tuple[Tensor, Tensor]:
    """Take so many samples of the test part, or as many as are computed while a person waits."""
    source = subject.samples
    if source is None or not len(source):
        raise NotApplicable(text("Only a run has test samples to average over. Choose this input."))
    work = analyze(subject.recipe.network).total_multiply_adds if subject.recipe else 0
    most = max(1, int(MOST_WORK / max(work, 1)))
    places = range(min(wanted, most, len(source)))
    return source.inputs(places), source.targets(places)


def _as_leaf(model: nn.Module, inputs: Tensor) -> Tensor:
    """Return inputs as the model takes them, with a gradient where they are made of real numbers."""
    taken = as_taken(model, inputs).detach()
    return taken.clone().requires_grad_() if taken.is_floating_point() else taken


@contextmanager
def _edges_recorded(model: nn.Module, level: str | None) -> Iterator[dict[Edge, Tensor | None]]:
    """Record the gradient through each edge of a block: each consumer reads a copy of its own."""
    shares: dict[Edge, Tensor | None] = {}
    block = None if level is None else module_at(model, level)
    handles = _watch_block(model, level, block, shares) if isinstance(block, BuiltNetwork) else []
    try:
        yield shares
    finally:
        for handle in handles:
            handle.remove()


def _watch_block(model: nn.Module, level: str, block: BuiltNetwork, shares: dict[Edge, Tensor | None]) -> list[Any]:
    prefix = f"{level}." if level else ""

    def copied(value: Tensor, edge: Edge) -> Tensor:
        if not value.requires_grad:
            shares[edge] = None
            return value
        copy = value.clone()
        shares[edge] = torch.zeros_like(value)
        copy.register_hook(lambda gradient: shares.update({edge: gradient.detach()}))
        return copy

    def enter(target: str) -> Callable[..., Any]:
        sources = ports_into(model, target)
        return lambda _module, inputs: tuple(copied(value, Edge(*source, target, port)) for port, (value, source) in
                                             enumerate(zip(inputs, sources, strict=True)))

    def leave(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        values = output if isinstance(output, tuple) else (output,)
        left = tuple(copied(value, Edge(prefix + name, 0, "", port))
                     for port, (value, name) in enumerate(zip(values, block._outputs, strict=True)))
        return left if isinstance(output, tuple) else left[0]

    children = [(f"{prefix}{name}", child) for name, child in block.named_children()]
    return [*(child.register_forward_pre_hook(enter(address)) for address, child in children
              if ports_into(model, address)), block.register_forward_hook(leave)]
