"""Answers: a network's outputs as what the task means by them, for a batch of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explorer.results.measured import name_classes


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Normalize the exponentials along the last axis."""
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return odds / odds.sum(-1, keepdims=True)


@dataclass(frozen=True)
class Probabilities:
    """The probability of each class. values: (sample, class), rows that sum to 1; names: (class,).

    >>> answer = Probabilities(np.array([[0.2, 0.8]]), ("cat", "dog"))
    >>> answer.names[answer.predicted[0]], answer.confidence[0].item()
    ('dog', 0.8)
    """

    axes: ClassVar = ("sample", "class")

    values: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def from_outputs(cls, outputs: np.ndarray, names: Sequence[str] = ()) -> Probabilities:
        """Take a network's outputs for logits, without knowing its task. outputs: (sample, class)."""
        return cls(_softmax(outputs), name_classes(names, outputs.shape[-1]))

    @property
    def predicted(self) -> np.ndarray:
        """The most probable class of each sample: (sample,)."""
        return self.values.argmax(1)

    @property
    def confidence(self) -> np.ndarray:
        """The probability of the predicted class: (sample,)."""
        return self.values.max(1)

    def confusion(self, targets: np.ndarray) -> np.ndarray:
        """Count the samples of each (true class, predicted class): int64. targets: (sample,) class indices."""
        counts = np.zeros((self.values.shape[1],) * 2, np.int64)
        np.add.at(counts, (targets, self.predicted), 1)
        return counts


@dataclass(frozen=True)
class Value:
    """A predicted number. values: (sample, output), in the units of the targets.

    >>> float(Value(np.array([[21.5]])).values[0, 0])
    21.5
    """

    axes: ClassVar = ("sample", "output")

    values: np.ndarray

    @classmethod
    def from_outputs(cls, outputs: np.ndarray, names: Sequence[str] = ()) -> Value:
        """Take a network's outputs for numbers, without knowing its task. outputs: (sample, output)."""
        return cls(outputs)


@dataclass(frozen=True)
class Tokens:
    """The probability of each token that may come next, at each token read.

    values: (sample, token, class); names: (class,), the characters.

    >>> answer = Tokens(np.array([[[0.9, 0.1], [0.3, 0.7]]]), ("a", "b"))
    >>> answer.names[answer.values[0, -1].argmax()]
    'b'
    """

    axes: ClassVar = ("sample", "token", "class")

    values: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def from_outputs(cls, outputs: np.ndarray, names: Sequence[str] = ()) -> Tokens:
        """Take a network's outputs for logits, without knowing its task. outputs: (sample, token, class)."""
        return cls(_softmax(outputs), name_classes(names, outputs.shape[-1]))


Answer = Probabilities | Value | Tokens
