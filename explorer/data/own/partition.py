"""Partition of a person's own data: a fifth of every class is the test set, always the same."""

from __future__ import annotations

import numpy as np

from explorer.data.own.record import Refused
from explorer.text import text

TEST_SHARE = 0.2
_SEED = 0


def draw_test_part(classes: np.ndarray) -> np.ndarray:
    """Draw which samples are the test set, a bool per sample; at least one of every class that has two. Raises Refused
    where no class has.

    classes: an integer per sample; all the same if there are none.
    """
    rs, is_test = np.random.RandomState(_SEED), np.zeros(len(classes), bool)
    for one in np.unique(classes):
        order = rs.permutation(np.flatnonzero(classes == one))
        count = min(max(1, round(len(order) * TEST_SHARE)), len(order) - 1)
        is_test[order[:count]] = True
    if not is_test.any():
        raise Refused(text("Every class has one sample only, so none is left to test with. Add samples "
                           "to some of them."))
    return is_test


def part(inputs: np.ndarray, targets: np.ndarray, is_test: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Split into {"train" | "test": (inputs, targets)}."""
    return {"train": (inputs[~is_test], targets[~is_test]), "test": (inputs[is_test], targets[is_test])}
