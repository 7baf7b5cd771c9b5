"""Samples: the test set with the network's answer to each, to choose what is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer import data, tasks
from explorer.data.fitting import image_shape
from explorer.formatting import format_character, format_number
from explorer.hooks import predictor
from explorer.probes.probe import FOLLOWED, INPUT, ProbeSpec
from explorer.probes.subject import NotApplicable, SampleSource, Subject
from explorer.recipe import Recipe
from explorer.results import Answer, Probabilities, SampleTable, Tokens
from explorer.spec import Number
from explorer.text import text

BUDGET_S = 0.15  # for one answer, for the network is held meanwhile: whoever wants more samples asks for the next ones
_GROWTH = 8  # of one batch to the next, at most: by one sample's time that of 256 is not known
_BATCH, _MOST_INPUTS = 256, 2**22  # of a batch, at most: samples, and numbers in them
_PIECE, _NUMBERS = 48, 4  # characters of a text, and numbers of a row, that are shown


@dataclass(frozen=True)
class Judged:
    """A network's answers to samples beside their targets; all (sample,), as in SampleTable."""

    targets: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    loss: np.ndarray


def compute_samples(subject: Subject, first: int) -> SampleTable:
    """Compare the answers to test samples with their targets: from this place on, as many as a moment allows.

    Raises NotApplicable where no test samples are known, or none from this place on.
    """
    source = source_of(subject)
    if first >= len(source):
        raise NotApplicable(text("The test set ends before this sample."))
    parts = list(_judged_in_time(subject, source, first))
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Judged.__dataclass_fields__}
    kind = _KINDS.get(tasks.of(subject.recipe).answers, "number")
    names = tuple(map(format_character, subject.class_names)) if kind == "character" else subject.class_names
    end = first + len(columns["loss"])
    return SampleTable(kind, first, len(source), names, **columns, pieces=_pieces(subject, slice(first, end)))


def _judged_in_time(subject: Subject, source: SampleSource, start: int) -> Iterator[Judged]:
    """Judge one sample, then as many at a time as should fit into what is left of the budget."""
    predict, end, size = predictor(subject.model), time.monotonic() + BUDGET_S, 1
    most = max(1, min(_BATCH, _MOST_INPUTS // subject.batch[0].numel()))
    while start < len(source) and size > 0:
        places, began = slice(start, min(start + size, len(source))), time.monotonic()
        yield judge(subject.recipe, predict(source.inputs(places)), source.targets(places), subject.class_names)
        subject.report(places.stop / len(source))
        now = time.monotonic()
        each_s = max((now - began) / size, 1e-6)
        start, size = places.stop, min(int((end - now) / each_s), _GROWTH * size, most)


def source_of(subject: Subject) -> SampleSource:
    """Return the test samples of the subject's run. Raises NotApplicable."""
    if subject.samples is None or subject.recipe is None or not len(subject.samples):
        raise NotApplicable(text("No test samples are known for this network. Draw or upload an input."))
    return subject.samples


_KINDS = {Probabilities: "class", Tokens: "character"}


def judge(recipe: Recipe, outputs: Tensor, targets: Tensor, names: tuple[str, ...], at: int = -1) -> Judged:
    """Compare outputs with targets, each sample on its own. outputs: (sample, ...) float32 on the CPU.

    at: of a text, which character's successor is compared; the loss is the mean over all of them.

    >>> from explorer import zoo
    >>> judged = judge(zoo.recipe("lenet"), torch.tensor([[0.0, 2.0]]), torch.tensor([1]), ("cat", "dog"))
    >>> judged.right.tolist(), round(judged.loss[0].item(), 3)
    ([1], 0.127)
    """
    learner = tasks.learner(recipe)
    loss = torch.func.vmap(lambda output, target: learner.loss(output[None], target[None]))(outputs, targets)
    answer = tasks.answer(recipe, outputs, names)
    one = targets.reshape(len(targets), -1)[:, at].numpy()
    return _COMPARE.get(type(answer), _compare_numbers)(answer, one, loss.numpy().astype(np.float32), at)


def _compare_classes(answer: Answer, targets: np.ndarray, loss: np.ndarray, at: int) -> Judged:
    probabilities = answer.values[:, at] if isinstance(answer, Tokens) else answer.values  # (sample, class)
    predicted = probabilities.argmax(1)
    return Judged(targets.astype(np.float32), predicted.astype(np.float32), probabilities.max(1).astype(np.float32),
                  (predicted == targets).astype(np.uint8), loss)


def _compare_numbers(answer: Answer, targets: np.ndarray, loss: np.ndarray, at: int) -> Judged:
    return Judged(targets.astype(np.float32), answer.values[:, 0].astype(np.float32), np.empty(0, np.float32),
                  np.empty(0, np.uint8), loss)


_COMPARE: dict[type, Callable[..., Judged]] = {Probabilities: _compare_classes, Tokens: _compare_classes}


def _pieces(subject: Subject, places: slice) -> tuple[str, ...]:
    """Write out the end of each text, or the first numbers of each row; nothing for images."""
    recipe, shape = subject.recipe, tuple(subject.batch.shape[1:])
    dataset = data.get(recipe.data.name, recipe.data.params)
    if image_shape(dataset, shape) is not None or len(shape) != 1:
        return ()
    rows = subject.samples.inputs(places)
    if dataset.kind is data.TEXT:
        return tuple("".join(subject.class_names[token] for token in piece) for piece in rows[:, -_PIECE:].tolist())
    return tuple(", ".join(format_number(value, 3) for value in row) for row in rows[:, :_NUMBERS].tolist())


SAMPLES = ProbeSpec(
    name="samples", title="Test samples", summary="Samples that the network was not trained on, with its answers.",
    source="Russell & Norvig, Artificial Intelligence, 19.4", compute=compute_samples, returns=(SampleTable,),
    place=INPUT, params=(Number("first", "First sample", 0, integer=True),), cost=FOLLOWED, term="test",
)
