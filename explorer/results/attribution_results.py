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
class MethodOption:
    """A setting of a method, as a form of the browser has it.

    kind: "number", "choice" or "flag". default: its value where nobody changed it. low, high: of a number; unlimited
    where not finite. options, titles: of a choice.
    """

    name: str
    title: Text
    help: Text
    kind: str
    default: str | float | bool
    low: float
    high: float
    is_whole: bool
    options: tuple[str, ...]
    titles: tuple[Text, ...]


@dataclass(frozen=True)
class MethodOffer:
    """A method of attribution as it is offered for a network.

    refused: why it does not fit and what to take instead; empty where it fits. cost_s: seconds that it takes at its
    defaults, about. has_prepared_copy: whether it can run on one, or on the network as it is. has_error: whether it
    promises to add up, so that its error can be measured over samples.
    """

    name: str
    title: Text
    summary: Text
    when_to_use: Text
    when_misleading: Text
    source: str
    refused: Text
    cost_s: float
    has_prepared_copy: bool
    has_error: bool
    options: tuple[MethodOption, ...]


@dataclass(frozen=True)
class AttributionMenu:
    """The methods of attribution that there are for a network and an input, in order, and the numbers to be explained.

    first: names of the methods to begin with. kind: IMAGE, TOKENS or FEATURES. names: of the features, or of the
    tokens that were typed, as they are shown. numbers: names of those that can be explained, by their index; predicted:
    the index of the one that is predicted, by_itself: how it is called where no other is chosen. loss: what the loss is
    for this input.
    picture: the input in 0..1, float32 (channel, height, width); (0, 0, 0) for no image.
    """

    methods: tuple[MethodOffer, ...]
    first: tuple[str, ...]
    kind: str
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    predicted: int
    by_itself: Text
    loss: Text
    picture: np.ndarray
