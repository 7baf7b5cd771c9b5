"""The validation part, and what guessing would score."""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer.data.base import Samples
from explorer.text import Text, text


def split_validation(samples: Samples, share: float, seed: int) -> tuple[Samples, Samples]:
    """(training part, validation part), drawn under a generator of its own; each keeps its order.

    The training part keeps at least one sample.
    """
    import torch

    count = min(round(len(samples) * share), len(samples) - 1)
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    return samples.take(order[count:].sort().values), samples.take(order[:count].sort().values)


@dataclass(frozen=True)
class Guess:
    """What a network scores that ignores its input. accuracy: the largest class's share; None for regression."""

    loss: float
    accuracy: float | None
    name: Text


def guess_level(samples: Samples, task: str) -> Guess:
    """The loss of equal odds on K classes, ln K, or the squared error of always saying the targets' mean."""
    import torch

    if task == "regression":
        return Guess(float(samples.targets.double().var(correction=0)), None, text("always saying the mean"))
    counts = torch.bincount(samples.targets, minlength=len(samples.class_names))
    return Guess(math.log(len(counts)), float(counts.max() / counts.sum()),
                 text("guessing: ln {classes}", classes=len(counts)))
