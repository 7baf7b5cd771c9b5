"""Gradient flow: how large gradients are on their way back, at each node, through each edge, for each parameter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from explorer.network.building import BuiltNetwork
from explorer.network.titles import block_title
from explorer.probes.gradient_options import OF, SAMPLES
from explorer.probes.gradient_pass import Gradients, gradients_of, norm_of
from explorer.probes.gradient_words import describe_norms
from explorer.probes.objective import LOSS_OF
from explorer.probes.probe import FOLLOWED, GRADIENTS, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import GradientFlow
from explorer.text import text


def compute_gradient_flow(subject: Subject, of: str = LOSS_OF, samples: int = 0) -> GradientFlow:
    """Measure the gradient of the loss, or of an output, at the nodes of the network or of the block walked into.

    A node's norm is that of the gradient with respect to its output; it sums up the gradients that arrive through the
    edges that leave the node, each with a norm of its own. of: "" for the loss, else the index of an output. samples:
    norms are averaged over so many of the test part, or as many as are quick, those of parameters are of the mean; 0
    takes the batch's first sample. Raises BadValue, NotApplicable.
    Source: Glorot & Bengio 2010, section 4; He et al. 2016 (residual branches).
    """
    outputs = subject.activations()
    if not outputs:
        raise NotApplicable(text("No layer here has an output that a gradient could reach."))
    found = gradients_of(subject, outputs, of, samples, subject.inside)
    norms = {address: _norm(found, address) for address in outputs}
    nodes = tuple(outputs)
    edges, shares = _edges(found, {address: place for place, address in enumerate(nodes)})
    return GradientFlow(
        subject.inside, found.what, samples and found.samples, nodes, _blocks(subject, nodes),
        np.array(list(norms.values())), np.array([_norm_of_parameters(subject, found, address) for address in nodes]),
        np.array([_is_frozen(subject, address) for address in nodes], np.uint8), edges, shares,
        describe_norms(subject, found, norms))


def _norm(found: Gradients, address: str) -> float:
    if address in found.outputs:
        return norm_of(found.outputs[address])
    return 0.0 if found.can_reach(address) else math.nan


def _norm_of_parameters(subject: Subject, found: Gradients, address: str) -> float:
    names = _parameters_of(subject, address)
    known = [found.parameters[name] for name in names if name in found.parameters]
    return math.sqrt(sum(each.double().square().sum().item() for each in known)) if names else math.nan


def _is_frozen(subject: Subject, address: str) -> bool:
    names = _parameters_of(subject, address)
    return subject.recipe is not None and bool(names) and not any(map(subject.recipe.lr_factor_of, names))


def _parameters_of(subject: Subject, address: str) -> list[str]:
    return [f"{address}.{name}" for name, _parameter in subject.module_at(address).named_parameters()]


def _blocks(subject: Subject, nodes: Iterable[str]) -> tuple[str, ...]:
    if subject.recipe is not None and isinstance(subject.model, BuiltNetwork):
        return tuple(block_title(subject.recipe.network, address) for address in nodes)
    return tuple(type(subject.module_at(address)).__name__ for address in nodes)


def _edges(found: Gradients, places: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    known = {edge: share for edge, share in found.edges.items() if edge.source in places}
    ends = [(places[edge.source], edge.source_port, places.get(edge.target, -1), edge.port) for edge in known]
    shares = [math.nan if share is None else norm_of(share) for share in known.values()]
    return np.array(ends, np.int32).reshape(-1, 4), np.array(shares, np.float64)


GRADIENT_FLOW = ProbeSpec(
    name="gradient_flow", is_chosen=True, title="Gradient flow",
    summary="The norm of the gradient at every layer and along every edge.",
    source="Glorot & Bengio 2010, section 4", compute=compute_gradient_flow, returns=(GradientFlow,), place=GRADIENTS,
    cost=FOLLOWED, params=(OF, SAMPLES), term="gradient",
)
