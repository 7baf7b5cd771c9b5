"""Attributions of many samples: a row for each, and what they are on average for each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class AttributionRows:
    """Samples with their answers and the attributions of some methods, a row for each sample.

    kind: of the input, as in Attribution. places: int32 (sample,), in the test part. inputs: uint8 (sample, height,
    width, channel) pictures, float32 (sample, feature), or (0,) of texts, whose tokens are in `tokens`. names: of the
    features. predicted, expected: each sample's answer and the right one, in words, the latter "" where it is not
    known. confidence: float32 (sample,), the probability of the answer, NaN for numbers; right: int32 (sample,), 1, 0,
    or -1 where that is not known. explained: each sample's target, as an attribution probe takes it; what: the number,
    a phrase for a sentence.
    methods, titles: one for each method; maps: for each float32 (sample, row, column), (sample, token) or
    (sample, feature), large maps shrunk by their means; refused: why there is none, else empty.
    remarks: on each sample, or (). note: on all of them.
    """

    kind: str
    places: np.ndarray
    inputs: np.ndarray
    tokens: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    predicted: tuple[str, ...]
    expected: tuple[str, ...]
    confidence: np.ndarray
    right: np.ndarray
    explained: tuple[str, ...]
    what: Text
    methods: tuple[str, ...]
    titles: tuple[Text, ...]
    maps: tuple[np.ndarray, ...]
    refused: tuple[Text, ...]
    remarks: tuple[Text, ...] = ()
    note: Text | None = None
