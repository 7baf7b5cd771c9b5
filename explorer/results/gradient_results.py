"""Gradients: the number that they are of, and how they flow back through a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class Differentiated:
    """The number that gradients are of, and those that can be chosen in its place.

    of: "" for the loss, else the place of an output among `names`. what: the number, a phrase for a sentence. loss:
    what the loss is for this input; note: why that is not of a target, empty where it is. kind: classes, characters or
    numbers, which the names are of.
    """

    of: str
    what: Text
    value: float
    loss: Text
    note: Text
    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class GradientFlow:
    """Norms of gradients on the way back through a network, or through the block at `inside`.

    what: the number that the gradients are of; samples: over how many of the test part norms are averaged, 0 for one
    input. nodes: addresses in order; blocks: their titles. outputs, parameters: float64 (node,), the norm of the
    gradient with respect to what a node gives, and to its parameters; NaN where there is none. frozen: uint8 (node,),
    1 where no parameter is trained. edges: int32 (edge, 4): the place of the source among the nodes and its output
    port, the place of the target and its input port; -1 for a target outside, such as the loss. shares: float64
    (edge,), the norm of the gradient that arrives through the edge; NaN where whole numbers pass. sentence: what
    stands out.
    """

    inside: str
    what: Text
    samples: int
    nodes: tuple[str, ...]
    blocks: tuple[str, ...]
    outputs: np.ndarray
    parameters: np.ndarray
    frozen: np.ndarray
    edges: np.ndarray
    shares: np.ndarray
    sentence: Text
