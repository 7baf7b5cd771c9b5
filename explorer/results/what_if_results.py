"""Results of what happens if: an answer as numbers, and what patches change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.drawn import Bars, Heatmap, ImageGrid
from explorer.text import Text


@dataclass(frozen=True)
class AnswerNumbers:
    """An answer as numbers, and the parts of a node that could be silenced, forced or scaled.

    numbers: (output,) logits, or what is predicted; shares: (output,) probabilities, without elements where there are
    none. node: the address; shape: of its output without samples. mix: the node at which heads of attention are
    silenced, "" where there is none; heads: how many; before_heads: how many axes come before that of the heads, -1
    where there is none.

    >>> AnswerNumbers(("cat", "dog"), np.array([1.0, 3.0]), np.array([0.12, 0.88])).names[1]
    'dog'
    """

    names: tuple[str, ...]
    numbers: np.ndarray
    shares: np.ndarray
    node: str = ""
    shape: tuple[int, ...] = ()
    mix: str = ""
    heads: int = 0
    before_heads: int = -1


@dataclass(frozen=True)
class Patching:
    """A number of the output, and its change where a node's values are taken from elsewhere.

    what: the number, a phrase; before: as it is; source: there, where the values are taken from; everything: here, with
    all of the node patched. parts: changes for each channel, or feature of tokens; places: for each place; units: for
    each unit; None for what the node lacks, or what was left out, which `note` explains. answers: of both, in words.

    >>> Patching("conv1", Text("the logit of 3"), 1.0, 4.0, 4.0, ("7", "3")).everything
    4.0
    """

    node: str
    what: Text
    before: float
    source: float
    everything: float
    answers: tuple[str, str]
    parts: Bars | None = None
    places: Heatmap | None = None
    units: ImageGrid | None = None
    note: Text | None = None
