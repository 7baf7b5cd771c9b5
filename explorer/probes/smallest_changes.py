"""Smallest changes: how much of each corruption, and of an attack, it takes to flip the answer to this input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer import tasks
from explorer.formatting import format_number
from explorer.hooks import predictor
from explorer.intervention.corruption import Corruption, InputKind, corruptions_of
from explorer.intervention.smallest_change import smallest_that_flips
from explorer.network import Analysis
from explorer.probes.adversarial import find_smallest, wrong_already
from explorer.probes.attacker import FGSM, NORM, PGD, STEPS, Attacker, Report
from explorer.probes.changed_inputs import corrupted, picture_of, written
from explorer.probes.probe import ON_REQUEST, WHAT_IF, ProbeSpec
from explorer.probes.robustness import (
    answer_in_words,
    as_findings,
    check_finite,
    counts_errors,
    input_kind_of,
    joined,
    label_of,
    name_of,
    within,
)
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.results import ChangedInputs, Finding, Picture, Pictures, Value
from explorer.text import Text, text

_STEPS = 16  # severities that are tried before bisection
_NUMBERS = text("The answer is a number, which has no other side to flip to. Take Corruption, which measures its "
                "error.")


Change = Callable[[float], Tensor]  # from a strength to the changed input


@dataclass(frozen=True)
class _Way:
    """A way to change the input. find(report) gives its smallest strength, None where none flips the answer."""

    title: str
    unit: str
    most: float
    find: Callable[[Report], float | None]
    change: Change


def compute_smallest_changes(subject: Subject, norm: str = "inf", steps: int = 10) -> tuple:
    """Find the smallest change of each kind that flips the answer to the first sample. Raises NotApplicable.

    Strengths are tried in order and then bisected: an answer may come back at a larger one.
    """
    subject = check_finite(subject)
    if counts_errors(subject):
        raise NotApplicable(_NUMBERS)
    kind, before = input_kind_of(subject), subject.outputs[:1]
    ways, found = list(_ways(subject, kind, norm, steps)), []
    for place, way in enumerate(ways):
        found.append(way.find(within(subject.report, place / len(ways), 1 / len(ways))))
    answer = name_of(subject, before, label_of(subject, before))
    sentences = joined(_describe(subject, answer, way, strength) for way, strength in zip(ways, found, strict=True))
    flipping = [(way, strength) for way, strength in zip(ways, found, strict=True) if strength is not None]
    findings = as_findings(text("Smallest change"), (*wrong_already(subject, before), sentences))
    return (*findings, *_show(subject, kind, flipping)) if flipping else findings


def _ways(subject: Subject, kind: InputKind, norm: str, steps: int) -> Iterator[_Way]:
    one, before = subject.batch[:1], subject.outputs[:1]
    answer, predict = label_of(subject, before), predictor(subject.model)
    for corruption in corruptions_of(kind):
        most = corruption.most(kind)

        def change(strength: float, corruption: Corruption = corruption) -> Tensor:
            return corrupted(subject, corruption, strength, kind)

        def find(report: Report, change: Change = change, most: float = most) -> float | None:
            return smallest_that_flips(lambda strength: label_of(subject, predict(change(strength))) != answer,
                                       np.linspace(0, most, _STEPS + 1)[1:].tolist(), report=report)

        yield _Way(corruption.title, corruption.unit, most, find, change)
    if subject.takes_tokens:
        return
    attacker, labels = Attacker(subject, kind, norm, steps), torch.tensor([answer])
    if not attacker.has_gradient(one, labels):
        return
    for method in (FGSM, PGD):
        yield _Way(method, attacker.unit, attacker.most,
                   lambda report, method=method: find_smallest(attacker, method, one, before, report),
                   lambda strength, method=method: attacker.change(method, one, labels, strength))


def _describe(subject: Subject, answer: str, way: _Way, strength: float | None) -> Text:
    facts = {"name": way.title, "unit": f"{'' if way.unit == '°' else ' '}{way.unit}".rstrip(), "answer": answer}
    if strength is None:
        return text("{name}: it stays {answer} up to {most}{unit}.", most=format_number(way.most, 2), **facts)
    outputs = predictor(subject.model)(way.change(strength))
    return text("{name}: {answer} becomes {other} at {strength}{unit}.", strength=format_number(strength, 2),
                other=name_of(subject, outputs, label_of(subject, outputs)), **facts)


def _show(subject: Subject, kind: InputKind, flipping: list[tuple[_Way, float]]) -> tuple:
    predict, changed = predictor(subject.model), [way.change(strength) for way, strength in flipping]
    captions = [text("{name} {strength}: {answer}", name=way.title, strength=format_number(strength, 2),
                     answer=answer_in_words(subject, predict(each)))
                for (way, strength), each in zip(flipping, changed, strict=True)]
    inputs = ChangedInputs(text("Look at it"), tuple(
        text("{name} {strength}", name=way.title, strength=format_number(strength, 2)) for way, strength in flipping),
        torch.cat(changed).numpy())
    if kind.shape:
        return Pictures(text("Where the answer flips"), tuple(
            Picture(picture_of(each, kind), caption) for each, caption in zip(changed, captions, strict=True))), inputs
    return *as_findings(text("Smallest change"), (
        text("{caption} from {input}", caption=caption, input=written(subject, each))
        for each, caption in zip(changed, captions, strict=True))), inputs


def _refuses(recipe: Recipe, _analysis: Analysis) -> Text | None:
    return _NUMBERS if issubclass(tasks.of(recipe).answers, Value) else None


SMALLEST_CHANGES = ProbeSpec(
    name="smallest_changes", title="Smallest change",
    summary="How much noise, blur, or what else of each kind, and how large an attack, it takes to flip the answer to "
            "this input.",
    source="Hendrycks & Dietterich 2019; Moosavi-Dezfooli et al. 2016", compute=compute_smallest_changes,
    returns=(Finding, Pictures, ChangedInputs), place=WHAT_IF, cost=ON_REQUEST, is_chosen=True, refuses=_refuses,
    params=(NORM, STEPS), term="adversarial_input",
)
