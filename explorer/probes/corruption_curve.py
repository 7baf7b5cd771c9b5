"""Corruption: how accuracy falls as the test samples get worse, by class, with this input at each severity."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.formatting import format_number, format_percent
from explorer.hooks import predictor
from explorer.intervention.corruption import CORRUPTIONS, Corruption, InputKind, corrupt, corruptions_of
from explorer.probes.changed_inputs import corrupted, picture_of, written
from explorer.probes.probe import ON_REQUEST, WHAT_IF, ProbeSpec
from explorer.probes.probe_params import OfferedParam
from explorer.probes.robustness import (
    answer_in_words,
    as_findings,
    blocks_of,
    check_finite,
    class_names_of,
    classes_in,
    counts_errors,
    ends_of,
    format_quality,
    input_kind_of,
    places_of,
    quality,
    samples_param,
    score_inputs,
    summarize,
)
from explorer.probes.subject import Subject
from explorer.results import ChangedInputs, Curve, Curves, Finding, Heatmap, Picture, Pictures
from explorer.spec import Number
from explorer.text import Text, text

_EVERY = "all"


def compute_corruption_curve(subject: Subject, corruption: str = "", samples: int = 256, steps: int = 9) -> tuple:
    """Measure the answers to test samples at growing severity of a corruption, or of each that fits.

    corruption: its name, "all", or "" for the first that fits. Raises BadValue, NotApplicable. Source: Hendrycks &
    Dietterich 2019.
    """
    subject = check_finite(subject)
    kind = input_kind_of(subject)
    if corruption == _EVERY:
        return _compare(subject, kind, samples, steps)
    chosen = CORRUPTIONS.get(corruption) if corruption else corruptions_of(kind)[0]
    severities = _severities(chosen, kind, steps)
    shown = () if subject.samples is None else _measured(subject, chosen, kind, severities, samples)
    return (*shown, *_of_this_input(subject, chosen, kind, severities))


def _severities(corruption: Corruption, kind: InputKind, steps: int) -> list[float]:
    return np.linspace(0, corruption.most(kind), steps).tolist()


def _measured(subject: Subject, chosen: Corruption, kind: InputKind, severities: list[float], samples: int) -> tuple:
    scores, classes = _score(subject, [(chosen, severities)], kind, places_of(subject, samples))
    x, means = np.array(severities), summarize(subject, scores[0])
    name, unit = quality(subject)
    title = text("{title}: {quality} of {count} test samples", title=chosen.title, quality=name,
                 count=scores.shape[-1])
    line = Curve("all classes" if len(classes) else name, x, means, "test")
    curve = Curves(title, (line,), _axis(chosen), name, unit, y_range=_range(subject, means))
    found = [_describe_fall(subject, chosen, x, means)]
    if not len(classes):
        return *as_findings(chosen.title, found), curve
    present = np.unique(classes)
    by_class = np.stack([summarize(subject, scores[0][:, classes == each]) for each in present])
    names = tuple(class_names_of(subject)[each] for each in present)
    found.append(_describe_classes(chosen, x, names, by_class, means))
    return (*as_findings(chosen.title, found), curve,
            Heatmap(text("{title}: accuracy of each class", title=chosen.title), by_class.astype(np.float32), "class",
                    _axis(chosen), signed=False, row_labels=names, column_values=x, unit="%", quantity="accuracy",
                    limit=100.0))


def _score(subject: Subject, chosen: list[tuple[Corruption, list[float]]], kind: InputKind, places: list[int],
           ) -> tuple[np.ndarray, np.ndarray]:
    """Score test samples under corruptions: (corruption, severity, sample); and the class of each sample."""
    jobs = [(corruption, severity) for corruption, severities in chosen for severity in severities]
    parts, targets, done = [], [], 0
    for inputs, expected in blocks_of(subject, places):
        rows = []
        for corruption, severity in jobs:
            rows.append(score_inputs(subject, corrupt(corruption, inputs, severity, kind), expected))
            subject.report((done + len(inputs) * len(rows) / len(jobs)) / len(places))
        done += len(inputs)
        parts.append(np.stack(rows).reshape(len(chosen), -1, len(inputs)))
        targets.append(expected)
    return np.concatenate(parts, -1), classes_in(subject, targets)


def _axis(corruption: Corruption) -> str:
    return f"{corruption.title.lower()} ({corruption.unit})"


def _range(subject: Subject, means: np.ndarray) -> tuple[float, float] | None:
    return None if counts_errors(subject) else (0.0, 103.0)


def _describe_fall(subject: Subject, corruption: Corruption, x: np.ndarray, means: np.ndarray) -> Text:
    """Describe where accuracy has halved, or the error doubled."""
    rises = counts_errors(subject)
    half = crossing(x, means, 2 * means[0], rising=True) if rises else crossing(x, means, means[0] / 2)
    facts = {"name": corruption.title.lower(), "unit": corruption.unit, "first": format_quality(subject, means[0]),
             "last": format_quality(subject, means[-1]), "most": format_number(float(x[-1]), 3),
             "half": "" if half is None else format_number(half, 2)}
    if half is None:
        return text("The error goes from {first} to {last} at {name} {most} ({unit}); it never doubles for good.",
                    **facts) if rises else text("Accuracy goes from {first} to {last} at {name} {most} ({unit}); it "
                                                "never halves for good.", **facts)
    return text("The error doubles from {first} at {name} {half} ({unit}); at {most} it is {last}.", **facts) \
        if rises else text("Accuracy halves from {first} at {name} {half} ({unit}); at {most} it is {last}.", **facts)


def crossing(x: np.ndarray, y: np.ndarray, limit: float, rising: bool = False) -> float | None:
    """Return where a line falls, or rises, to a limit and stays there or beyond; None where it does not.

    >>> crossing(np.array([0.0, 1.0, 2.0]), np.array([90.0, 60.0, 30.0]), 45.0)
    1.5
    """
    beyond = y >= limit if rising else y <= limit
    if beyond[0] or not beyond[-1]:
        return None
    place = len(beyond) - int((~beyond)[::-1].argmax())
    share = (y[place - 1] - limit) / (y[place - 1] - y[place])
    return float(x[place - 1] + share * (x[place] - x[place - 1]))


def _describe_classes(corruption: Corruption, x: np.ndarray, names: tuple[str, ...], by_class: np.ndarray,
                      means: np.ndarray) -> Text:
    """Name the classes that are recognized least at the severity with about half of the accuracy."""
    place = 1 + int(np.abs(means[1:] - means[0] / 2).argmin())
    shares = [format_percent(value / 100) for value in by_class[:, place]]
    worst, best = ends_of([f"{name} ({share})" for name, share in zip(names, shares, strict=True)], -by_class[:, place])
    facts = {"name": corruption.title.lower(), "severity": format_number(float(x[place]), 2), "worst": worst,
             "best": best, "same": shares[0]}
    if not worst:
        return text("At {name} {severity}, {same} of every class is recognized.", **facts)
    return text("At {name} {severity}, the classes recognized least are {worst}; most, {best}.", **facts)


def _of_this_input(subject: Subject, chosen: Corruption, kind: InputKind, severities: list[float]) -> tuple:
    """Show the input that is looked at at each severity, with the answer to it."""
    predict = predictor(subject.model)
    changed = [corrupted(subject, chosen, severity, kind) for severity in severities]
    answers = [answer_in_words(subject, predict(each)) for each in changed]
    labels = [format_number(severity, 2) for severity in severities]
    inputs = ChangedInputs(text("Look at it"), tuple(
        text("{name} {severity}", name=chosen.title, severity=label) for label in labels[1:]),
        torch.cat(changed[1:] or [subject.batch[:0]]).numpy())
    return *_show(subject, chosen, kind, changed, labels, answers), inputs


def _show(subject: Subject, chosen: Corruption, kind: InputKind, changed: list[Tensor], labels: list[str],
          answers: list[Text]) -> tuple[Pictures] | tuple[Finding, ...]:
    title = text("This input, by {name}", name=_axis(chosen))
    if kind.shape:
        return (Pictures(title, tuple(
            Picture(picture_of(each, kind), text("{severity}: {answer}", severity=label, answer=answer))
            for each, label, answer in zip(changed, labels, answers, strict=True))),)
    return as_findings(title, (text("{title}:", title=title), *(
        text("{severity}: {answer} from {input}", severity=label, answer=answer, input=written(subject, each))
        for each, label, answer in zip(changed, labels, answers, strict=True))))


def _compare(subject: Subject, kind: InputKind, samples: int, steps: int) -> tuple:
    """Measure every corruption that fits, each up to its own largest severity."""
    chosen = [(each, _severities(each, kind, steps)) for each in corruptions_of(kind)]
    scores, _classes = _score(subject, chosen, kind, places_of(subject, samples))
    means, (name, unit) = summarize(subject, scores), quality(subject)
    curves = tuple(Curve(each.title, np.linspace(0, 100, steps), line, "run", place=place)
                   for place, ((each, _severities_of), line) in enumerate(zip(chosen, means, strict=True)))
    found = tuple(_describe_fall(subject, each, np.array(severities), line)
                  for (each, severities), line in zip(chosen, means, strict=True))
    title = text("{quality} of {count} test samples", quality=name.capitalize(), count=scores.shape[-1])
    return *as_findings(text("Corruptions"), found), Curves(title, curves, "severity, of the largest (%)", name, unit,
                                                            y_range=_range(subject, means))


def _offered(subject: Subject) -> list[tuple[str, str]]:
    fitting = corruptions_of(input_kind_of(subject))
    return [*((each.name, each.title) for each in fitting), *([(_EVERY, "all, compared")] if len(fitting) > 1 else [])]


CORRUPTION_CURVE = ProbeSpec(
    name="corruption_curve", title="Corruption",
    summary="Accuracy over test samples as noise, blur, a patch in the way or a shift grows, in all and by class; for "
            "numbers the error.",
    source="Hendrycks & Dietterich 2019", compute=compute_corruption_curve,
    returns=(Finding, Curves, Heatmap, Pictures, ChangedInputs), place=WHAT_IF, cost=ON_REQUEST, is_chosen=True,
    term="corruption",
    params=(OfferedParam("corruption", "Corruption", _offered, help="How the inputs are made worse."),
            samples_param(256),
            Number("steps", "Severities", 9, low=2, high=33, integer=True,
                   help="How many severities are measured, from none to the largest.")),
)
