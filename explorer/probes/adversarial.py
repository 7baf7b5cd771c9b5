"""Adversarial inputs: this one attacked by FGSM or PGD, and accuracy over test samples as attacks grow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from torch import Tensor

from explorer.formatting import format_number
from explorer.hooks import predictor
from explorer.intervention.attack import LARGEST
from explorer.intervention.smallest_change import smallest_that_flips
from explorer.probes.attacker import FGSM, NORM, PGD, RANDOM, STEPS, Attacker, Report, refuses_attack
from explorer.probes.probe import ON_REQUEST, WHAT_IF, ProbeSpec
from explorer.probes.probe_params import OfferedParam
from explorer.probes.robustness import (
    answer_in_words,
    as_findings,
    blocks_of,
    check_finite,
    class_names_of,
    counts_errors,
    format_quality,
    input_kind_of,
    label_of,
    name_of,
    places_of,
    quality,
    samples_param,
    score_inputs,
    summarize,
    within,
)
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import AttackedInput, Bars, ChangedInputs, Curve, Curves, Finding
from explorer.spec import Choice, Number
from explorer.text import Text, text

_ANY = "any"
_SIZES = 9  # of the curve, from none to twice the size that is asked for
_SCAN = 8  # sizes that are tried before bisection, each twice the one before
_ROLES = {RANDOM: "ideal", FGSM: "validation", PGD: "training"}
_SHARE = 0.25  # of the work, that this input takes


def compute_adversarial(subject: Subject, method: str = PGD, size: float = 0.1, norm: str = "inf", steps: int = 10,
                        step_size: float = 0.0, goal: str | int = _ANY, samples: int = 64, seed: int = 0) -> tuple:
    """Attack the input that is looked at, and test samples at growing sizes.

    size: of the change, in a pixel's range of 0 to 1, of a table in standard deviations. step_size: 0 for 2.5 sizes
    divided by the steps. goal: a class's index, or "any" other than the answer. Raises NotApplicable. Source:
    Goodfellow et al. 2015; Madry et al. 2018.
    """
    if subject.takes_tokens:
        raise NotApplicable(text("Tokens cannot be changed by small steps, so there is nothing to attack. Take "
                                 "Corruption, which replaces some."))
    subject = check_finite(subject)
    attacker = Attacker(subject, input_kind_of(subject), norm, steps, step_size or None,
                        None if goal == _ANY else int(goal), seed)
    found = _attack_this(attacker, method, size)
    sentences = (_describe(found), *wrong_already(subject, found.before), *_describe_smallest(found))
    shown = _as_result(found), _to_look_at(found)
    if subject.samples is None:
        return *as_findings(method, sentences), *shown
    curves, fall = _attack_samples(attacker, size, samples)
    return *as_findings(method, (*sentences, fall)), *shown, curves


@dataclass(frozen=True)
class _Attacked:
    """One input, (1, ...), before and after an attack, with the network's outputs.

    smallest: the size at which the answer flips, with the input and the outputs there; None where none does.
    """

    attacker: Attacker
    method: str
    size: float
    input: Tensor
    before: Tensor
    changed: Tensor
    after: Tensor
    smallest: float | None = None
    flipped: Tensor | None = None
    beyond: Tensor | None = None

    @property
    def subject(self) -> Subject:
        return self.attacker.subject

    def in_words(self, size: float) -> str:
        """Write a size with its unit."""
        return " ".join(filter(None, (format_number(size, 2), self.attacker.unit)))

    def answer(self, outputs: Tensor | None) -> Text:
        """Describe an answer; nothing without one."""
        return text("") if outputs is None else answer_in_words(self.subject, outputs)


def _attack_this(attacker: Attacker, method: str, size: float) -> _Attacked:
    """Attack the input that is looked at, and find the smallest attack that flips its answer."""
    subject, one = attacker.subject, attacker.subject.batch[:1]
    predict, before = predictor(subject.model), subject.outputs[:1]
    labels = _labels(subject, before)
    changed = attacker.change(method, one, labels, size, within(subject.report, 0.0, _SHARE / 2))
    found = _Attacked(attacker, method, size, one, before, changed, predict(changed))
    if counts_errors(subject):
        return found
    smallest = find_smallest(attacker, method, one, before, within(subject.report, _SHARE / 2, _SHARE / 2))
    if smallest is None:
        return found
    flipped = attacker.change(method, one, labels, smallest, lambda _share: subject.report(_SHARE))
    return replace(found, smallest=smallest, flipped=flipped, beyond=predict(flipped))


def _labels(subject: Subject, before: Tensor) -> Tensor:
    """Return what an attack is to lead away from: the present answer; of a number the right one, else 0."""
    if not counts_errors(subject):
        return torch.tensor([label_of(subject, before)])
    return subject.target[:1] if subject.target is not None else torch.zeros_like(before)


def find_smallest(attacker: Attacker, method: str, one: Tensor, before: Tensor, report: Report,
                  ) -> float | None:
    """Find the smallest size of an attack that flips the answer to one sample; None up to the largest, 0 if it is the
    goal already."""
    subject, answer = attacker.subject, label_of(attacker.subject, before)
    if attacker.goal == answer:
        return 0.0
    predict, labels, reached = predictor(subject.model), torch.tensor([answer]), 0.0

    def keep(share: float) -> None:
        nonlocal reached
        reached = share
        report(share)

    def flips(size: float) -> bool:  # each step of an attack asks whether it is to go on
        now = label_of(subject, predict(attacker.change(method, one, labels, size, lambda _share: report(reached))))
        return now == attacker.goal if attacker.goal is not None else now != answer

    sizes = [attacker.most / 2**power for power in range(_SCAN - 1, -1, -1)]
    return smallest_that_flips(flips, sizes, report=keep)


def _describe(found: _Attacked) -> Text:
    facts = {"method": found.method, "size": found.in_words(found.size), "before": found.answer(found.before),
             "after": found.answer(found.after)}
    if found.size == 0:
        return text("Size 0 changes nothing: the answer stays {before}.", **facts)
    if torch.equal(found.input, found.changed):
        return text("The attack changes nothing: the gradient is 0 at every value of this input.", **facts)
    is_same = not counts_errors(found.subject) and label_of(found.subject, found.before) == label_of(
        found.subject, found.after)
    return text("{method} of size {size} does not flip {before}: it is {after} now.", **facts) if is_same else \
        text("{method} of size {size}: {before} becomes {after}.", **facts)


def _describe_smallest(found: _Attacked) -> tuple[Text, ...]:
    subject, goal = found.subject, found.attacker.goal
    if counts_errors(subject):
        return ()
    if goal is not None and found.smallest == 0:
        return (text("It is taken for {name} without any change.", name=name_of(subject, found.before, goal)),)
    if found.smallest is None:
        return (text("No {method} attack up to size {most} flips the answer.", method=found.method,
                     most=found.in_words(found.attacker.most)),)
    return (text("The smallest {method} attack that flips the answer has size {size}: {after}.", method=found.method,
                 size=found.in_words(found.smallest), after=found.answer(found.beyond)),)


def wrong_already(subject: Subject, before: Tensor) -> tuple[Text, ...]:
    """Note that an answer is wrong without any change, where the target is known."""
    if subject.target is None or counts_errors(subject) or subject.takes_tokens:
        return ()
    target, answer = int(subject.target.flatten()[0]), label_of(subject, before)
    if target == answer or target >= len(class_names_of(subject)):
        return ()
    return (text("The answer is wrong already: {answer} instead of {target}.", answer=name_of(subject, before, answer),
                 target=name_of(subject, before, target)),)


def _as_result(found: _Attacked) -> AttackedInput | Bars:
    subject, kind, method = found.subject, found.attacker.kind, found.method
    if not kind.shape:
        change = ((found.changed - found.input) / kind.stds)[0].flatten().numpy().astype(np.float32)
        names = subject.feature_names if len(subject.feature_names) == len(change) \
            else tuple(map(str, range(len(change))))
        return Bars(text("{method}: the change of each feature", method=method), names, change, "change",
                    "standard deviations", signed=True)

    def pixels(batch: Tensor | None) -> np.ndarray:
        return np.zeros((0, 0, 0), np.float32) if batch is None else batch[0].reshape(kind.shape).numpy()

    return AttackedInput(text("This input under {method}", method=method), pixels(found.input), pixels(found.changed),
                         pixels(found.flipped), tuple(map(found.answer, (found.before, found.after, found.beyond))),
                         text("{size}", size=found.in_words(found.size)),
                         text("{size}", size="" if found.smallest is None else found.in_words(found.smallest)))


def _to_look_at(found: _Attacked) -> ChangedInputs:
    facts = {"method": found.method, "size": format_number(found.size, 2)}
    inputs = [(found.changed, text("{method} {size}", **facts))]
    if found.flipped is not None:
        facts["size"] = format_number(found.smallest, 2)
        inputs.append((found.flipped, text("{method} {size}, the smallest", **facts)))
    return ChangedInputs(text("Look at it"), tuple(label for _input, label in inputs),
                         torch.cat([each for each, _label in inputs]).numpy())


def _attack_samples(attacker: Attacker, size: float, samples: int) -> tuple[Curves, Text]:
    """Attack test samples by each method at sizes up to twice the one asked for."""
    subject = attacker.subject
    sizes = np.linspace(0, 2 * size, _SIZES if size else 1).tolist()
    scores = _score(attacker, sizes, places_of(subject, samples))
    means, (name, unit), count = summarize(subject, scores), quality(subject), scores.shape[-1]
    curves = tuple(Curve("random noise" if method == RANDOM else method, np.array(sizes), line, role)
                   for (method, role), line in zip(_ROLES.items(), means, strict=True))
    title = text("{quality} of {count} test samples under attack", quality=name.capitalize(), count=count)
    axis = "size (L∞)" if attacker.norm == LARGEST else "size (L2)"
    limits = None if counts_errors(subject) else (0.0, 103.0)
    return Curves(title, curves, axis, name, unit, y_range=limits), _describe_samples(subject, size, means, count)


def _describe_samples(subject: Subject, size: float, means: np.ndarray, count: int) -> Text:
    noise, fgsm, pgd = (format_quality(subject, line[len(line) // 2]) for line in means)
    facts = {"count": count, "size": format_number(size, 2), "clean": format_quality(subject, means[0, 0]),
             "noise": noise, "fgsm": fgsm, "pgd": pgd}
    if counts_errors(subject):
        return text("Over {count} test samples at size {size} the error goes from {clean} to {fgsm} by FGSM and {pgd} "
                    "by PGD; random noise of that size gives {noise}.", **facts)
    return text("Over {count} test samples at size {size} accuracy goes from {clean} to {fgsm} by FGSM and {pgd} by "
                "PGD; random noise of that size leaves {noise}.", **facts)


def _score(attacker: Attacker, sizes: list[float], places: list[int]) -> np.ndarray:
    """Score test samples under attack: (method, size, sample). Those of the goal's own class are left out."""
    subject, parts, done = attacker.subject, [], 0
    for inputs, targets in blocks_of(subject, places, work=3.0):
        kept = slice(None) if attacker.goal is None else targets != attacker.goal
        report = within(subject.report, _SHARE + (1 - _SHARE) * done / len(places),
                        (1 - _SHARE) * len(inputs) / len(places))
        parts.append(_score_block(attacker, sizes, inputs[kept], targets[kept], report))
        done += len(inputs)
    scores = np.concatenate(parts, -1)
    if not scores.shape[-1]:
        raise NotApplicable(text("All test samples are of the class that is aimed at. Choose another one."))
    return scores


def _score_block(attacker: Attacker, sizes: list[float], inputs: Tensor, targets: Tensor, report: Report) -> np.ndarray:
    jobs, scores = list(product(_ROLES, sizes)), []
    for place, (method, size) in enumerate(jobs):
        part = within(report, place / len(jobs), 1 / len(jobs))
        changed = attacker.change(method, inputs, targets, size, part) if len(inputs) else inputs
        scores.append(score_inputs(attacker.subject, changed, targets) if len(inputs) else np.empty(0))
        part(1.0)
    return np.stack(scores).reshape(len(_ROLES), len(sizes), -1)


def _goals(subject: Subject) -> list[tuple[str | int, str]]:
    return [(_ANY, "any other"), *enumerate(class_names_of(subject))]


ADVERSARIAL = ProbeSpec(
    name="adversarial", title="Attack",
    summary="The small change of this input that raises the loss most, and accuracy over test samples as it grows; "
            "random noise of the same size is the floor.",
    source="Goodfellow et al. 2015; Madry et al. 2018", compute=compute_adversarial,
    returns=(Finding, AttackedInput, Bars, Curves, ChangedInputs), place=WHAT_IF, cost=ON_REQUEST, is_chosen=True,
    term="adversarial_input", refuses=refuses_attack,
    params=(Choice("method", "Attack", PGD, (PGD, FGSM), help="FGSM takes one step along the sign of the gradient, PGD "
                   "many smaller ones from a random start."),
            Number("size", "Size ε", 0.1, low=0, high=100, help="Of the change: pixels are 0 to 1; a table's "
                   "features count in standard deviations."),
            NORM, STEPS,
            Number("step_size", "PGD step size", 0.0, low=0, high=100, help="0 takes 2.5 sizes divided by the steps."),
            OfferedParam("goal", "Taken for", _goals, default=_ANY, help="The class that the attack aims at."),
            samples_param(64),
            Number("seed", "Seed", 0, integer=True, high=2**31, help="Of PGD's random start and of the noise.")),
)
