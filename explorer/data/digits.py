"""Handwritten digits from scikit-learn: included, so they are the default."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from explorer.data.dataset import LABELS, Dataset, Samples

TEST_SHARE = 0.2
NAMES = tuple("0123456789")


def _load(split: str) -> Samples:
    """Load a split; the test set is a fixed fifth, drawn with seed 0."""
    import numpy as np
    import torch

    images, labels = read_digits()
    order = np.random.RandomState(0).permutation(len(images))
    cut = round(len(images) * TEST_SHARE)
    chosen = np.sort(order[:cut] if split == "test" else order[cut:])
    inputs = np.round(images[chosen] * 255 / 16).astype(np.uint8).reshape(-1, 1, 8, 8)
    return Samples(torch.from_numpy(inputs), torch.from_numpy(labels[chosen].astype(np.int64)), NAMES)


@cache
def read_digits():
    """Read images (sample, 64) 0..16 and labels (sample,) from scikit-learn's own file.

    The file is read directly: importing scikit-learn takes 2 to 3 s, and whoever presses Train waits for it.
    """
    import numpy as np

    found = importlib.util.find_spec("sklearn")
    file = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz" if found and found.origin else None
    if file is None or not file.is_file():
        from sklearn.datasets import load_digits

        return load_digits(return_X_y=True)
    rows = np.loadtxt(file, delimiter=",")
    return rows[:, :64], rows[:, 64]


DIGITS = Dataset(
    "digits", "Handwritten digits",
    "Grayscale digits, 8×8: 1,438 training and 359 test images. Included; networks train on them in seconds.",
    LABELS, (1, 8, 8), "CC BY 4.0",
    "Alpaydin, Kaynak 1998, Optical Recognition of Handwritten Digits, UCI, https://doi.org/10.24432/C50P49",
    load=_load, class_names=NAMES, box_share=20 / 28)
