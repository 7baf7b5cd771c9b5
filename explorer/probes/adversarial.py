"""Adversarial inputs: this one attacked by FGSM or PGD, and accuracy over test samples as attacks grow."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from torch import Tensor

from explorer.formatting import format_number
from explorer.hooks import predictor
from explorer.intervention.attack import EUCLIDEAN
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
    if not subject.batch.is_floating_point():
        raise NotApplicable(text("Tokens cannot be changed by small steps, so there is nothing to attack. Take "
                                 "Corruption, which replaces some."))
    check_finite(subject)
    attacker = Attacker(subject, input_kind_of(subject), norm, steps, step_size or None,
                        None if goal == _ANY else int(goal), seed)
    found, *one = _attack_this(attacker, method, size)
    if subject.samples is None:
        return *as_findings(method, found), *one
    curves, fall = _attack_samples(attacker, size, samples)
    return *as_findings(method, (*found, *fall)), one[0], one[1], curves


def _attack_this(attacker: Attacker, method: str, size: float) -> tuple:
    """Attack the input that is looked at: what is found in sentences, the change, the inputs to look at."""
    subject, one = attacker.subject, attacker.subject.batch[:1]
    predict = predictor(subject.model)
    before = predict(one)
    labels = _labels(subject, before)
    attacked = attacker.change(method, one, labels, size, within(subject.report, 0.0, _SHARE / 2))
    smallest = None if counts_errors(subject) else find_smallest(
        attacker, method, one, before, within(subject.report, _SHARE / 2, _SHARE / 2))
    flipped = None if smallest is None else attacker.change(method, one, labels, smallest)
    answers = (answer_in_words(subject, before), answer_in_words(subject, predict(attacked)),
               text("") if flipped is None else answer_in_words(subject, predict(flipped)))
    found = (*_describe(attacker, method, one, attacked, size, answers),
             *_describe_smallest(attacker, method, before, smallest, answers))
    return found, _as_result(attacker, method, one, attacked, flipped, answers, size, smallest), \
        _to_look_at(method, attacked, flipped, size, smallest)


def _labels(subject: Subject, before: Tensor) -> Tensor:
    """Return what an attack is to lead away from: the present answer; of a number the right one, where it is known."""
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
    predict, labels = predictor(subject.model), torch.tensor([answer])

    def flips(size: float) -> bool:
        now = label_of(subject, predict(attacker.change(method, one, labels, size)))
        return now == attacker.goal if attacker.goal is not None else now != answer

    sizes = [attacker.most / 2**power for power in range(_SCAN - 1, -1, -1)]
    return smallest_that_flips(flips, sizes, report=report)


def _describe(attacker: Attacker, method: str, one: Tensor, attacked: Tensor, size: float, answers: tuple[Text, ...],
              ) -> tuple[Text, ...]:
    facts = {"method": method, "size": _in_words(attacker, size), "before": answers[0], "after": answers[1]}
    if size == 0:
        return (text("Size 0 changes nothing: the answer stays {before}.", **facts),)
    if torch.equal(one, attacked):
        return (text("The attack changes nothing: the gradient is 0 at every value of this input.", **facts),)
    return (text("{method} of size {size}: {before} becomes {after}.", **facts),)


def _describe_smallest(attacker: Attacker, method: str, before: Tensor, smallest: float | None,
                       answers: tuple[Text, ...]) -> tuple[Text, ...]:
    subject = attacker.subject
    if counts_errors(subject):
        return ()
    found = wrong_already(subject, before)
    if attacker.goal is not None and smallest == 0:
        return (*found, text("It is taken for {name} without any change.",
                             name=name_of(subject, before, attacker.goal)))
    if smallest is None:
        return (*found, text("No {method} attack up to size {most} flips the answer.", method=method,
                             most=_in_words(attacker, attacker.most)))
    return (*found, text("The smallest {method} attack that flips the answer has size {size}: {after}.", method=method,
                         size=_in_words(attacker, smallest), after=answers[2]))


def wrong_already(subject: Subject, before: Tensor) -> tuple[Text, ...]:
    """Note that an answer is wrong without any change, where the target is known."""
    if subject.target is None or counts_errors(subject) or subject.takes_tokens:
        return ()
    target, answer = int(subject.target.flatten()[0]), label_of(subject, before)
    if target == answer or target >= len(class_names_of(subject)):
        return ()
    return (text("The answer is wrong already: {answer} instead of {target}.", answer=name_of(subject, before, answer),
                 target=name_of(subject, before, target)),)


def _in_words(attacker: Attacker, size: float) -> str:
    return f"{format_number(size, 2)}{' ' if attacker.unit else ''}{attacker.unit}"


def _as_result(attacker: Attacker, method: str, one: Tensor, attacked: Tensor, flipped: Tensor | None,
               answers: tuple[Text, ...], size: float, smallest: float | None) -> AttackedInput | Bars:
    subject, kind = attacker.subject, attacker.kind
    if not kind.shape:
        change = ((attacked - one) / kind.stds)[0].flatten().numpy().astype(np.float32)
        names = subject.feature_names if len(subject.feature_names) == len(change) \
            else tuple(map(str, range(len(change))))
        return Bars(text("{method}: the change of each feature", method=method), names, change, "change",
                    "standard deviations", signed=True)

    def pixels(batch: Tensor | None) -> np.ndarray:
        return np.zeros((0, 0, 0), np.float32) if batch is None else batch[0].reshape(kind.shape).numpy()

    return AttackedInput(text("This input under {method}", method=method), pixels(one), pixels(attacked),
                         pixels(flipped), answers, text("{size}", size=_in_words(attacker, size)),
                         text("{size}", size="" if smallest is None else _in_words(attacker, smallest)))


def _to_look_at(method: str, attacked: Tensor, flipped: Tensor | None, size: float, smallest: float | None,
                ) -> ChangedInputs:
    inputs = [(attacked, text("{method} {size}", method=method, size=format_number(size, 2)))]
    if flipped is not None:
        inputs.append((flipped, text("{method} {size}, the smallest", method=method, size=format_number(smallest, 2))))
    return ChangedInputs(text("Look at it"), tuple(label for _input, label in inputs),
                         torch.cat([each for each, _label in inputs]).numpy())


def _attack_samples(attacker: Attacker, size: float, samples: int) -> tuple[Curves, tuple[Text, ...]]:
    """Attack test samples by each method at sizes up to twice the one asked for."""
    subject = attacker.subject
    sizes = np.linspace(0, 2 * size, _SIZES if size else 1).tolist()
    scores = _score(attacker, sizes, places_of(subject, samples))
    means, (name, unit) = summarize(subject, scores), quality(subject)
    curves = tuple(Curve("random noise" if method == RANDOM else method, np.array(sizes), line, role)
                   for (method, role), line in zip(_ROLES.items(), means, strict=True))
    title = text("{quality} of {count} test samples under attack", quality=name.capitalize(), count=scores.shape[-1])
    at = len(sizes) // 2
    fall = text("Over {count} test samples at size {size}: {clean} falls to {fgsm} by FGSM and {pgd} by PGD; random "
                "noise of that size leaves {noise}.", count=scores.shape[-1], size=_in_words(attacker, sizes[at]),
                clean=format_quality(subject, means[0, 0]),
                **{key: format_quality(subject, line[at]) for key, line in zip(("noise", "fgsm", "pgd"), means,
                                                                               strict=True)})
    if counts_errors(subject):
        fall = text("Over {count} test samples at size {size} the error grows from {clean} to {fgsm} by FGSM and {pgd} "
                    "by PGD; random noise of that size gives {noise}.", **fall.values)
    axis = "size (largest change)" if attacker.norm != EUCLIDEAN else "size (length of the change)"
    limits = None if counts_errors(subject) else (0.0, 103.0)
    return Curves(title, curves, axis, name, unit, y_range=limits), (fall,)


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
            Number("size", "Size (ε)", 0.1, low=0, high=100, help="Of the change: pixels are 0 to 1; a table's "
                   "features count in standard deviations."),
            NORM, STEPS,
            Number("step_size", "Step of PGD", 0.0, low=0, high=100, help="0 takes 2.5 sizes divided by the steps."),
            OfferedParam("goal", "Taken for", _goals, default=_ANY, help="The class that the attack aims at."),
            samples_param(64),
            Number("seed", "Seed", 0, integer=True, high=2**31, help="Of PGD's random start and of the noise.")),
)
