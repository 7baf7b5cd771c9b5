"""Methods of attribution that are compared with each other, and with a random attribution, on the same samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from explorer import attribution, network
from explorer.attribution import METHODS, Method
from explorer.attribution.places import per_place
from explorer.probes.attribution_target import ExplainedNumber
from explorer.probes.subject import NotApplicable, Subject
from explorer.spec import Choice
from explorer.text import Text, text

ALL = "all"
RANDOM = text("random")


def method_choice(default: str) -> Choice:
    """Make the option that chooses one method, or all."""
    return Choice("method", "Method", default, (ALL, *(each.name for each in METHODS)),
                  ("all methods", *(each.title for each in METHODS)),
                  help="One method of attribution, or all that fit this network, each with its defaults.")


def methods_for(subject: Subject, chosen: str = ALL) -> tuple[Method, ...]:
    """List the methods that fit the network: the chosen one, or all. Raises NotApplicable with the chosen one's reason.

    >>> [each.name for each in methods_for(Subject(nn.Linear(2, 1), torch.zeros(1, 2)), "saliency")]
    ['saliency']
    """
    analysis = None if subject.recipe is None else network.analyze(subject.recipe.network)
    fitting = []
    for method in METHODS if chosen == ALL else (METHODS.get(chosen),):
        refusal = None if analysis is None else method.refuses(subject.recipe, analysis)
        if refusal is None:
            fitting.append(method)
        elif chosen != ALL:
            raise NotApplicable(refusal)
    return tuple(fitting)


def first_of(subject: Subject) -> Subject:
    """Return the same model with the first sample of its batch alone.

    >>> first_of(Subject(nn.ReLU(), torch.zeros(5, 2))).batch.shape
    torch.Size([1, 2])
    """
    return replace(subject, batch=subject.batch[:1], target=None if subject.target is None else subject.target[:1])


@dataclass(frozen=True)
class Comparison:
    """Attributions of the same samples by several methods. values: by the method's name, (sample, place, ...)."""

    values: Mapping[str, Tensor]
    left_out: Mapping[str, Text]


def compare_methods(subject: Subject, methods: Sequence[Method], number: ExplainedNumber,
                    model: nn.Module | None = None) -> Comparison:
    """Attribute a number of each sample of a subject's batch by every method, with its defaults.

    model: another one than the subject's, of the same form.
    """
    found, left_out = {}, {}
    shape = tuple(subject.batch.shape[1:])
    for method in methods:
        values = attribution.attribute(method, model or subject.model, subject.batch, number.take, number.targets, {})
        found[method.name] = per_place(values.values.float(), shape)
    return Comparison(found, left_out)
