"""Answers of a network to test samples, in words, beside the right ones."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from explorer.formatting import format_character, format_number
from explorer.probes.attributed_samples import samples_of, with_samples
from explorer.probes.objective import CHARACTERS, NUMBERS, choices_of, kind_of, numbers_of, probabilities_of
from explorer.probes.samples import judge
from explorer.probes.subject import Subject

_CHUNK = 256  # samples of one pass
_MOST_INPUTS = 2**22  # numbers in them, at most
_MOST_KNOWN = 16  # networks whose predictions are remembered


@dataclass(frozen=True)
class SampleAnswers:
    """Answers to the samples of a batch; all (sample,).

    predicted, expected: indices of classes, or numbers; the latter NaN where it is not known. confidence: the
    probability of what is predicted, NaN for numbers. right: 1, 0, or -1 where that is not known.
    """

    predicted: np.ndarray
    expected: np.ndarray
    confidence: np.ndarray
    right: np.ndarray


def answers_of(subject: Subject) -> SampleAnswers:
    """Compare a batch's answers with its targets, where it has them.

    >>> import torch
    >>> answers_of(Subject(torch.nn.Identity(), torch.tensor([[0.0, 2.0]]))).predicted.tolist()
    [1.0]
    """
    count, unknown = len(subject.batch), np.full(len(subject.batch), np.nan, np.float32)
    if subject.recipe is not None and subject.target is not None:
        judged = judge(subject.recipe, subject.outputs, subject.target, subject.class_names)
        is_class = len(judged.right) == count
        return SampleAnswers(judged.predicted, judged.targets, judged.confidence if is_class else unknown,
                             judged.right.astype(np.int32) if is_class else np.full(count, -1, np.int32))
    if kind_of(subject) == NUMBERS:
        numbers = numbers_of(subject, subject.outputs)[:, 0].float()
        return SampleAnswers(numbers.numpy(), unknown, unknown, np.full(count, -1, np.int32))
    best = probabilities_of(subject, subject.outputs).max(1)
    return SampleAnswers(best.indices.numpy().astype(np.float32), unknown, best.values.numpy(),
                         np.full(count, -1, np.int32))


def name_answer(subject: Subject, value: float) -> str:
    """Name a class by its index, or write out a number; "" where it is not known.

    >>> import torch
    >>> name_answer(Subject(torch.nn.Identity(), torch.zeros(1, 2), class_names=("cat", "dog")), 1.0)
    'dog'
    """
    if np.isnan(value):
        return ""
    kind = kind_of(subject)
    if kind == NUMBERS:
        return format_number(value)
    names = subject.class_names
    name = names[int(value)] if int(value) < len(names) else str(int(value))
    return format_character(name) if kind == CHARACTERS else name


def class_titles(subject: Subject) -> tuple[str, ...]:
    """Name the classes that can be predicted; () for numbers.

    >>> import torch
    >>> class_titles(Subject(torch.nn.Identity(), torch.zeros(1, 2)))
    ('0', '1')
    """
    if kind_of(subject) == NUMBERS:
        return ()
    names = choices_of(subject, subject.outputs)
    return tuple(map(format_character, names)) if kind_of(subject) == CHARACTERS else names


def predict_samples(subject: Subject, is_enough: Callable[[np.ndarray], bool] = lambda _predicted: False) -> np.ndarray:
    """Predict the class, or the number, of test samples in order, until these are enough: float32 (sample,).

    What was predicted before with the same weights is remembered where those have a key. Reports progress.

    >>> import torch
    >>> predict_samples(Subject(torch.nn.Identity(), torch.eye(3))).tolist()
    [0.0, 1.0, 2.0]
    """
    total, predicted = len(samples_of(subject)), _known.get(subject.weights_key)
    at_once = max(1, min(_CHUNK, _MOST_INPUTS // max(1, subject.batch[0].numel())))
    while len(predicted) < total and not is_enough(predicted):
        places = range(len(predicted), min(total, len(predicted) + at_once))
        predicted = np.concatenate([predicted, answers_of(with_samples(subject, places)).predicted])
        _known.put(subject.weights_key, predicted)
        subject.report(len(predicted) / total)
    return predicted


class _Known:
    """Predictions of the first test samples for each network's weights."""

    def __init__(self) -> None:
        self._of: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> np.ndarray:
        with self._lock:
            return np.empty(0, np.float32) if key is None else self._of.get(key, np.empty(0, np.float32))

    def put(self, key: Hashable, predicted: np.ndarray) -> None:
        if key is None:
            return
        with self._lock:
            self._of[key] = predicted
            self._of.move_to_end(key)
            while len(self._of) > _MOST_KNOWN:
                self._of.popitem(last=False)


_known = _Known()
