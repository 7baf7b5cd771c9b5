"""Answers to many test samples under a change of the inputs or of the weights, some samples at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from explorer import data, network
from explorer.data.fitting import image_shape
from explorer.formatting import format_character, format_number, format_percent
from explorer.hooks import predictor
from explorer.intervention.corruption import InputKind
from explorer.probes.attributed_samples import spread_places
from explorer.probes.objective import CHARACTERS, CLASSES, choices_of, kind_of, numbers_of, probabilities_of
from explorer.probes.samples import source_of
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Finding
from explorer.spec import Number
from explorer.text import Text, text

_MOST, _MOST_NUMBERS, _MOST_WORK = 64, 2**21, 4e9  # of a block of samples: their number, their numbers, multiply-adds
_STATISTICS = 512  # samples of which a table's means are taken
NOT_FINITE = text("The network's output is not a finite number. Choose an earlier step.")
NOT_FINITE_CHANGED = text("The network's output is not a finite number. Undo what is silenced, forced or scaled, or "
                          "choose an earlier step.")


def samples_param(count: int) -> Number:
    """Make the setting of how many test samples are measured."""
    return Number("samples", "Test samples", count, low=1, high=4096, integer=True,
                  help="How many test samples are measured, evenly spread over the test set.")


def as_findings(title: str | Text, sentences: Iterable[Text]) -> tuple[Finding, ...]:
    """Make a finding of each sentence."""
    return tuple(Finding(title, sentence) for sentence in sentences)


def joined(sentences: Iterable[Text]) -> Text:
    """Join sentences, each with its own template."""
    named = {f"s{place}": sentence for place, sentence in enumerate(sentences)}
    return text(" ".join(f"{{{name}}}" for name in named), **named)


def within(report: Callable[[float], None], done: float, share: float) -> Callable[[float], None]:
    """Make the report of a piece of the work: its progress counts from `done` on, for this share.

    >>> within(print, 0.5, 0.25)(1.0)
    0.75
    """
    return lambda inner: report(done + share * inner)


def places_of(subject: Subject, count: int) -> list[int]:
    """Choose test samples, evenly spread over the test set. Raises NotApplicable without any."""
    return spread_places(count, len(source_of(subject)))


def blocks_of(subject: Subject, places: Sequence[int], work: float = 1.0) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the (inputs, targets) of test samples, so many at a time that a pass takes about half a second.

    work: of a pass, in forward passes.
    """
    each = network.analyze(subject.recipe.network).total_multiply_adds * work
    size = int(max(1, min(_MOST, _MOST_NUMBERS // subject.batch[0].numel(), _MOST_WORK // max(each, 1))))
    source = source_of(subject)
    for first in range(0, len(places), size):
        chosen = places[first:first + size]
        yield source.inputs(chosen), source.targets(chosen)


def score(subject: Subject, outputs: Tensor, targets: Tensor) -> np.ndarray:
    """Score outputs, (sample, ...): 1 for a right answer, 0 for a wrong one or none that is finite; (sample,).

    Of a text, the share of its characters that are right; of numbers, the squared error.
    """
    if kind_of(subject) == CLASSES:
        right = numbers_of(subject, outputs).argmax(1) == targets.to(outputs.device)
    elif kind_of(subject) == CHARACTERS:
        right = (outputs.argmax(-1) == targets.to(outputs.device)).float().mean(1)
    else:
        return ((outputs.float().flatten(1) - targets.flatten(1).to(outputs.device)) ** 2).mean(1).double().numpy()
    return (right.float() * outputs.flatten(1).isfinite().all(1)).double().numpy()


def score_inputs(subject: Subject, inputs: Tensor, targets: Tensor) -> np.ndarray:
    """Score the network's answers to inputs: (sample,)."""
    return score(subject, predictor(subject.model)(inputs), targets)


def summarize(subject: Subject, scores: np.ndarray) -> np.ndarray:
    """Turn scores (..., sample) into what people read: accuracy in percent, for numbers the root of the mean square."""
    means = scores.mean(-1)
    return np.sqrt(means) if counts_errors(subject) else 100 * means


def counts_errors(subject: Subject) -> bool:
    """Check whether answers are numbers, of which an error is measured in the place of an accuracy."""
    return kind_of(subject) not in (CLASSES, CHARACTERS)


def quality(subject: Subject) -> tuple[str, str]:
    """Name what is measured, and its unit."""
    return ("root mean square error", "") if counts_errors(subject) else ("accuracy", "%")


def format_quality(subject: Subject, value: float) -> str:
    """Format a measurement for a sentence."""
    return format_number(value, 3) if counts_errors(subject) else format_percent(value / 100)


def class_names_of(subject: Subject) -> tuple[str, ...]:
    """Name the classes; none where the answer is no class."""
    return choices_of(subject, subject.outputs) if kind_of(subject) == CLASSES else ()


def classes_in(subject: Subject, targets: Sequence[Tensor]) -> np.ndarray:
    """Collect the class of each sample: (sample,); empty where the answer is no class."""
    if kind_of(subject) != CLASSES:
        return np.empty(0, np.int64)
    return torch.cat(list(targets)).numpy()


def check_finite(subject: Subject) -> Subject:
    """Return the subject, images of a notebook as numbers in 0..1. Raises NotApplicable where its answer is not finite.
    """
    if not subject.outputs.isfinite().all():
        raise NotApplicable(NOT_FINITE_CHANGED if subject.interventions else NOT_FINITE)
    return subject if subject.batch.dtype != torch.uint8 else replace(subject, batch=data.to_float(subject.batch))


def input_kind_of(subject: Subject) -> InputKind:
    """Describe the network's inputs: images, a table with its means and standard deviations, or tokens."""
    if subject.takes_tokens:
        return InputKind(vocabulary=max(2, len(subject.class_names)))
    shape = tuple(subject.batch.shape[1:])
    if subject.recipe is not None:
        found = image_shape(data.get(subject.recipe.data.name, subject.recipe.data.params), shape)
    else:
        found = shape if len(shape) == 3 else None
    if found is not None:
        return InputKind(shape=found)
    rows = source_of(subject).inputs(places_of(subject, _STATISTICS)) if subject.samples else subject.batch
    stds = rows.std(0) if len(rows) > 1 else torch.ones_like(rows[0])
    return InputKind(means=rows.mean(0), stds=torch.where(stds > 0, stds, torch.ones_like(stds)), lows=rows.amin(0),
                     highs=rows.amax(0))


def ends_of(names: Sequence[str], costs: np.ndarray, most: int = 3) -> tuple[str, str]:
    """Join the names of what costs most, but for what costs as little as the least; and name the least.

    >>> ends_of(("a", "b", "c"), np.array([1.0, 3.0, 1.0]))
    ('b', 'c')
    """
    order = np.argsort(-costs, kind="stable")
    return ", ".join(names[at] for at in order[:most] if costs[at] > costs[order[-1]]), names[order[-1]]


def answer_in_words(subject: Subject, outputs: Tensor) -> Text:
    """Describe the answer to one sample, (1, ...): the predicted class with its probability, or the number."""
    if counts_errors(subject):
        return text("{value}", value=format_number(float(numbers_of(subject, outputs)[0, 0]), 3))
    shares = probabilities_of(subject, outputs)[0].nan_to_num()
    place = int(shares.argmax())
    return text("{name} ({share})", name=name_of(subject, outputs, place), share=format_percent(float(shares[place])))


def name_of(subject: Subject, outputs: Tensor, place: int) -> str:
    """Name a class or character by its index."""
    name = choices_of(subject, outputs)[place]
    return format_character(name) if kind_of(subject) == CHARACTERS else name


def label_of(subject: Subject, outputs: Tensor) -> int:
    """Return the predicted class or character of one sample, (1, ...)."""
    return int(numbers_of(subject, outputs)[0].nan_to_num().argmax())
