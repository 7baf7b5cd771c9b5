"""The test part of a person's own data: a fifth of every class, drawn once for all."""

from __future__ import annotations

import numpy as np

TEST_SHARE = 0.2
_SEED = 0


def draw_test_part(classes: np.ndarray) -> np.ndarray:
    """Which samples are the test part, a bool a sample; at least one of every class that has two.

    classes: a whole number a sample; all the same where there are none.
    """
    rs, is_test = np.random.RandomState(_SEED), np.zeros(len(classes), bool)
    for one in np.unique(classes):
        order = rs.permutation(np.flatnonzero(classes == one))
        count = min(max(1, round(len(order) * TEST_SHARE)), len(order) - 1)
        is_test[order[:count]] = True
    return is_test


def part(inputs: np.ndarray, targets: np.ndarray, is_test: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{"train" | "test": (inputs, targets)}."""
    return {"train": (inputs[~is_test], targets[~is_test]), "test": (inputs[is_test], targets[is_test])}
