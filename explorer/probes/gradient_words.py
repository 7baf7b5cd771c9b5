"""Sentences about gradients that stand out: none arrive, they are no numbers, they shrink or grow on the way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from torch import Tensor, nn

from explorer.formatting import format_number
from explorer.probes.gradient_pass import Gradients
from explorer.probes.subject import Subject
from explorer.text import Text, text

_RECTIFIERS = (nn.ReLU, nn.ReLU6, nn.Threshold, nn.Hardtanh)
_SATURATING = (nn.Sigmoid, nn.Tanh, nn.Hardsigmoid, nn.Softsign, nn.LogSigmoid, nn.Softmax)
_FACTOR = 1e3  # between the last layer and the first, from which gradients are said to vanish or to explode


def describe_norms(subject: Subject, found: Gradients, outputs: Mapping[str, float]) -> Text:
    """Describe what stands out of the norms of a block's nodes, by address in their order."""
    norms = {address: norm for address, norm in outputs.items() if not math.isnan(norm) or address in found.outputs}
    if broken := [address for address, norm in norms.items() if not math.isfinite(norm)]:
        return text("The gradient is not a finite number from {node} on back. Choose an earlier step.",
                    node=broken[-1])
    if not any(norms.values()):
        return no_gradient_at_all(found)
    if blocked := next(_blocked(subject, found), None):
        return _describe_blocked(subject, blocked)
    known = [(address, norm) for address, norm in norms.items() if norm > 0]
    (first, small), (last, large) = known[0], known[-1]
    return _describe_change(first, last, small / large)


def _describe_change(first: str, last: str, ratio: float) -> Text:
    if ratio < 1 / _FACTOR:
        return text("From {last} back to {first} the gradient's norm shrinks {factor} times: it vanishes.", last=last,
                    first=first, factor=format_number(1 / ratio, 2))
    if ratio > _FACTOR:
        return text("From {last} back to {first} the gradient's norm grows {factor} times: it explodes.", last=last,
                    first=first, factor=format_number(ratio, 2))
    return text("From {last} back to {first} the gradient's norm is multiplied by {factor}.", last=last, first=first,
                factor=format_number(ratio, 2))


def explain_map(subject: Subject, found: Gradients, address: str, gradient: Tensor) -> Text | None:
    """Explain why a node's gradients are zero, or no numbers; None where they are neither."""
    if not gradient.isfinite().all():
        return text("Some of these gradients are not finite numbers. Choose an earlier step.")
    if gradient.any():
        return None
    if not any(each.any() for each in found.outputs.values()):
        return no_gradient_at_all(found)
    blocked = [node for node in _blocked(subject, found) if node in _behind(found, address)]
    return _describe_blocked(subject, blocked[0]) if blocked else \
        text("No gradient arrives at {node}: nothing that it gives moves {what}.", node=address, what=found.what)


def no_gradient_at_all(found: Gradients) -> Text:
    """Explain gradients that are zero everywhere."""
    if found.value == 0:
        return text("The gradient is 0 everywhere: {what} is 0, so there is nothing to improve (saturated).",
                    what=found.what)
    return text("The gradient is 0 everywhere: no small change moves {what}.", what=found.what)


def _blocked(subject: Subject, found: Gradients) -> Iterator[str]:
    """Yield the nodes that a gradient reaches, of which nothing gets through, from the output back."""
    for node in reversed(list(found.outputs)):
        into = [share for edge, share in found.edges.items() if edge.target == node and share is not None]
        if into and found.outputs[node].any() and not any(share.any() for share in into):
            yield node


def _behind(found: Gradients, address: str) -> set[str]:
    """Return the nodes that a node's output flows to, at its level."""
    reached, waiting = set(), [address]
    while waiting:
        now = waiting.pop()
        following = {edge.target for edge in found.edges if edge.source == now} - reached - {""}
        reached |= following
        waiting += following
    return reached


def _describe_blocked(subject: Subject, node: str) -> Text:
    module = subject.module_at(node)
    if isinstance(module, _RECTIFIERS):
        return text("No gradient gets back through {node}: all its inputs are on its flat side (dead).", node=node)
    if isinstance(module, _SATURATING):
        return text("No gradient gets back through {node}: all its inputs are on its flat side (saturated).", node=node)
    return text("No gradient gets back through {node}.", node=node)
