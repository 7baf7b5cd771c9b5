"""Results about how an answer holds when the input or the weights change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class AttackedInput:
    """An image before and after an attack. image, attacked: (channel, height, width) in 0..1; answers in words.

    flipped: the image of the smallest change that flips the answer; (0, 0, 0) where none does. size: of the attack,
    and `smallest` of that change, in words.
    """

    title: str | Text
    image: np.ndarray
    attacked: np.ndarray
    flipped: np.ndarray
    answers: tuple[Text, Text, Text]
    size: Text
    smallest: Text

    @property
    def change(self) -> np.ndarray:
        """The signed change of each pixel: (height, width), of several channels the one of the largest magnitude."""
        return strongest(self.attacked - self.image)


def strongest(change: np.ndarray) -> np.ndarray:
    """Reduce a change of several channels, (channel, height, width), to the largest in magnitude at each place.

    >>> strongest(np.array([[[0.5]], [[-1.0]]])).tolist()
    [[-1.0]]
    """
    return np.take_along_axis(change, np.abs(change).argmax(0)[None], 0)[0]


@dataclass(frozen=True)
class ChangedInputs:
    """Inputs that were changed, to be looked at. labels: of each, as on a button; values: (input, ...) as the network
    takes them, tokens int64.
    """

    title: str | Text
    labels: tuple[Text, ...]
    values: np.ndarray
