"""The validation part or fold, a subset, and labels replaced at random."""

from __future__ import annotations

from dataclasses import replace

from explorer.data.dataset import Samples
from explorer.spec import BadValue
from explorer.text import text


def split_validation(samples: Samples, share: float, seed: int) -> tuple[Samples, Samples]:
    """Split into (training part, validation part), drawn under a generator of its own; each keeps its order.

    The training part keeps at least one sample.

    >>> from explorer import data
    >>> train, held_out = split_validation(data.load("xor", {"samples": 100})[0], 0.2, seed=0)
    >>> len(train), len(held_out)
    (80, 20)
    """
    import torch

    count = min(round(len(samples) * share), len(samples) - 1)
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    return samples.take(order[count:].sort().values), samples.take(order[:count].sort().values)


def split_fold(samples: Samples, folds: int, fold: int, seed: int) -> tuple[Samples, Samples]:
    """Split into (all other folds, fold number `fold`) of so many equal parts, drawn as `split_validation` draws; 1 is
    the first.

    Under one seed every sample lies in exactly one fold; sizes differ by one at the most. Raises BadValue where there
    are more folds than samples.

    >>> from explorer import data
    >>> rest, fold = split_fold(data.load("xor", {"samples": 100})[0], folds=5, fold=1, seed=0)
    >>> len(rest), len(fold)
    (80, 20)
    """
    import torch

    if not 1 <= fold <= folds <= len(samples):
        raise BadValue(text("{samples:,} samples cannot be split so that fold {fold} of {folds} holds one.",
                            samples=len(samples), fold=fold, folds=folds))
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    held = torch.zeros(len(samples), dtype=torch.bool)
    held[order.tensor_split(folds)[fold - 1]] = True
    return samples.take(torch.nonzero(~held)[:, 0]), samples.take(torch.nonzero(held)[:, 0])


def draw_subset(samples: Samples, count: int | None, seed: int) -> Samples:
    """Draw so many of the samples at random, in their order; all where `count` is None or more than there are.

    A larger subset under the same seed holds the smaller one.

    >>> from explorer import data
    >>> len(draw_subset(data.load("xor")[0], 10, seed=0))
    10
    """
    import torch

    if count is None or count >= len(samples):
        return samples
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    return samples.take(order[:count].sort().values)


def with_label_noise(samples: Samples, share: float, seed: int) -> Samples:
    """Replace this share of the labels by another class, each of the others equally likely.

    >>> from explorer import data
    >>> clean = data.load("xor", {"samples": 100})[0]
    >>> (with_label_noise(clean, 0.1, seed=0).targets != clean.targets).sum().item()
    10
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
