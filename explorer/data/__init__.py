"""Data sets, by name in menu order. Importing this does not import torch, so listing them is fast."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from explorer.data.cifar import CIFAR10
from explorer.data.dataset import (
    LABELS,
    NUMBERS,
    TEXT,
    DataKind,
    DataMissing,
    Dataset,
    Samples,
    Shape,
    find_file,
    folder,
)
from explorer.data.digits import DIGITS
from explorer.data.fitting import Misfit, can_fit, fit, fit_inputs, fit_note, to_float
from explorer.data.mnist import FASHION_MNIST, KMNIST, MNIST
from explorer.data.numbers import DIABETES, LINEAR, SINE
from explorer.data.own import OWN
from explorer.data.plane import CIRCLES, GAUSSIANS, MOONS, SPIRALS, XOR
from explorer.data.splits import draw_subset, split_fold, split_validation, with_label_noise
from explorer.data.texts import ALICE
from explorer.spec import BadValue, Registry, parse_params

__all__ = ["DATASETS", "LABELS", "NUMBERS", "TEXT", "DataKind", "DataMissing", "Dataset", "Misfit", "Samples",
           "Shape", "can_fit", "draw_subset", "fit", "fit_inputs", "fit_note", "folder", "get", "is_available",
           "load", "names", "split_fold", "split_validation", "to_float", "with_label_noise"]

DATASETS = Registry("data set", (DIGITS, MNIST, FASHION_MNIST, KMNIST, CIFAR10, XOR, CIRCLES, MOONS, SPIRALS, GAUSSIANS,
                                 LINEAR, SINE, DIABETES, ALICE, OWN))

_LOADING = threading.Lock()


def get(name: str, params: Mapping[str, Any] | None = None) -> Dataset:
    """Return a data set by name; if a recipe's params decide which data it is, the description of those.

    Raises UnknownName; with params also BadValue or DataMissing.

    >>> get("mnist").shape
    (1, 28, 28)
    """
    dataset = DATASETS.get(name)
    if params is None or dataset.describe is None:
        return dataset
    return dataset.describe(**parse_params(dataset.params, params))


def names() -> list[str]:
    """List the data sets that need only a name, in menu order: all but a person's own.

    >>> names()[:3]
    ['digits', 'mnist', 'fashion_mnist']
    """
    return [dataset.name for dataset in DATASETS if dataset.describe is None]


def load(name: str, params: Mapping[str, Any] | None = None) -> tuple[Samples, Samples]:
    """Load (training set, test set), cached. Raises UnknownName, BadValue or DataMissing.

    >>> train, test = load("digits")
    >>> len(train), len(test)
    (1438, 359)
    """
    dataset = get(name, params or {})
    chosen = parse_params(dataset.params, params or {})
    place = None if dataset.ships else folder()
    with _LOADING:
        return _load(dataset, tuple(chosen.items()), place)


@lru_cache(maxsize=6)
def _load(dataset: Dataset, chosen: tuple[tuple[str, Any], ...], place: object) -> tuple[Samples, Samples]:
    return dataset.load("train", **dict(chosen)), dataset.load("test", **dict(chosen))


def is_available(name: str, params: Mapping[str, Any] | None = None) -> bool:
    """Check that a data set is included or its files are in the data folder. Does not open them.

    >>> is_available("digits")
    True
    """
    try:
        return all(find_file(path) for path in get(name, params or {}).files)
    except (BadValue, DataMissing):
        return False
