"""Attributions: how much each value of an input counts for a number of the output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text

IMAGE, TOKENS, FEATURES = "image", "tokens", "features"  # kinds of inputs


@dataclass(frozen=True)
class Attribution:
    """Attributions of a batch by one method, in units of the number that is explained.

    method: its name; title: its title. what: the number, a phrase for a sentence. kind: IMAGE, TOKENS or FEATURES.
    values: float32 (sample, channel, height, width), (sample, token) or (sample, feature), signed; where `node` names a
    layer, its places, with one channel. names: of the features, or the tokens of the first sample.
    sums, differences: float64 (sample,), the sum of the attributions and the number less that for the baseline, which
    it should be; empty where the method promises no such thing. error: the completeness error over `samples` samples,
    NaN where there is none. is_wrong: the error is above attribution.WRONG; reason: why, where that is known, or what
    else is to be known; empty without one.
    """

    method: str
    title: Text
    what: Text
    kind: str
    values: np.ndarray
    names: tuple[str, ...]
    node: str
    sums: np.ndarray
    differences: np.ndarray
    error: float
    samples: int
    is_wrong: bool
    reason: Text


@dataclass(frozen=True)
class AttributionMenu:
    """The methods of attribution that there are for a network and an input, in order.

    methods, titles, summaries, when_to_use, when_misleading: one for each. refused: a sentence where one does not fit,
    else empty. costs_s: float64 (method,), seconds that one takes at its defaults, about. of_layer: uint8 (method,), 1
    where a layer is chosen; layers: addresses of those that can be; layer: the one by default.
    kind: of the input. names: of the numbers that can be explained; predicted: the place of the one that is predicted.
    loss: what the loss is for this input.
    """

    methods: tuple[str, ...]
    titles: tuple[Text, ...]
    summaries: tuple[Text, ...]
    when_to_use: tuple[Text, ...]
    when_misleading: tuple[Text, ...]
    refused: tuple[Text, ...]
    costs_s: np.ndarray
    of_layer: np.ndarray
    layers: tuple[str, ...]
    layer: str
    kind: str
    names: tuple[str, ...]
    predicted: int
    loss: Text
