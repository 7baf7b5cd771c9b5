"""Results about the input that is looked at: the test samples to choose from, and what the network takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class SampleTable:
    """Samples of the test set in a row, with the network's answer to each; all arrays are (sample,).

    kind: what is predicted: class, number or character. first: the place of the first. of: how many samples the test
    set has. names: of the classes or characters. targets, predicted: indices into `names`, or numbers; of a text those
    of the character that follows it. confidence: probability of the prediction; empty for numbers, as is `right`, 0 or
    1. loss: the recipe's, of one sample. pieces: the end of each text, or the first numbers of each row.
    """

    kind: str
    first: int
    of: int
    names: tuple[str, ...]
    targets: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    loss: np.ndarray
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thumbnails:
    """Small pictures of samples. places: (sample,) in the test set; pixels: uint8 (sample, height, width, channel)."""

    places: np.ndarray
    pixels: np.ndarray


@dataclass(frozen=True)
class NetworkInput:
    """An input as the network takes it, after all changes, or the difference of two.

    values: of one sample, pixels (channel, height, width), numbers (feature,) or tokens (token,); tokens: how many of a
    text's were typed, counted from the first. target: in words, "" where it is not known, as for a drawing; predicted,
    confidence, right: the network's answer, None where there is no such thing.
    """

    values: np.ndarray
    is_difference: bool = False
    tokens: int | None = None
    target: str = ""
    predicted: str = ""
    confidence: float | None = None
    right: bool | None = None


@dataclass(frozen=True)
class PreparedInput:
    """An input of a person's own as the model takes it, without the batch axis: float32, or int32 tokens.

    tokens: how many characters of a text were typed. inverted: whether a picture's dark and bright were exchanged, and
    can_invert whether they may be. note: what else a person should know of it.
    """

    values: np.ndarray
    tokens: int | None = None
    inverted: bool = False
    can_invert: bool = False
    note: Text | None = None
