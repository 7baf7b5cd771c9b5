"""Splits of samples: a validation set or fold, a random subset; and label noise."""

from __future__ import annotations

from dataclasses import replace

from explorer.data.dataset import Samples
from explorer.spec import BadValue
from explorer.text import text


def split_validation(samples: Samples, share: float, seed: int) -> tuple[Samples, Samples]:
    """Split into (training set, validation set) at random, with a generator of its own; each keeps its order.

    The training set keeps at least one sample.

    >>> from explorer.data import load
    >>> [len(part) for part in split_validation(load("digits")[0], 0.1, seed=0)]
    [1294, 144]
    """
    import torch

    count = min(round(len(samples) * share), len(samples) - 1)
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    return samples.take(order[count:].sort().values), samples.take(order[:count].sort().values)


def split_fold(samples: Samples, folds: int, fold: int, seed: int) -> tuple[Samples, Samples]:
    """Split into (all other folds, fold number `fold`) of `folds` equal parts, at random; the first fold is 1.

    With one seed, every sample is in exactly one fold; sizes differ by at most one. Raises BadValue if there are more
    folds than samples.

    >>> from explorer.data import load
    >>> [len(part) for part in split_fold(load("digits")[0], folds=5, fold=1, seed=0)]
    [1150, 288]
    """
    import torch

    if not 1 <= fold <= folds <= len(samples):
        raise BadValue(text("{samples:,} samples cannot be split so that fold {fold} of {folds} has any.",
                            samples=len(samples), fold=fold, folds=folds))
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    held = torch.zeros(len(samples), dtype=torch.bool)
    held[order.tensor_split(folds)[fold - 1]] = True
    return samples.take(torch.nonzero(~held)[:, 0]), samples.take(torch.nonzero(held)[:, 0])


def draw_subset(samples: Samples, count: int | None, seed: int) -> Samples:
    """Select `count` random samples, in their order; all if `count` is None or too large.

    With the same seed, a larger subset contains the smaller one.

    >>> from explorer.data import load
    >>> len(draw_subset(load("digits")[0], 100, seed=0))
    100
    """
    import torch

    if count is None or count >= len(samples):
        return samples
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    return samples.take(order[:count].sort().values)


def with_label_noise(samples: Samples, share: float, seed: int) -> Samples:
    """Replace this share of the labels by another class, each of the others equally likely.

    >>> from explorer.data import load
    >>> train = load("digits")[0]
    >>> int((with_label_noise(train, 0.5, seed=0).targets != train.targets).sum())
    719
    """
    import torch

    classes, count = len(samples.class_names), round(len(samples) * share)
    if count == 0 or classes < 2 or not samples.kind.has_labels:
        return samples
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(samples), generator=generator)[:count]
    targets = samples.targets.clone()
    targets[chosen] = (targets[chosen] + torch.randint(1, classes, (count,), generator=generator)) % classes
    return replace(samples, targets=targets)
