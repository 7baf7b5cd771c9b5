"""Data sets whose target is a number: the course's linear data, a noisy sine, scikit-learn's diabetes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.data.dataset import NUMBERS, Dataset, Samples
from explorer.data.plane import LICENSE, NOISE, SAMPLES, SEED, stream

if TYPE_CHECKING:
    import numpy as np

TRUE_WEIGHTS = (2.0, -3.4)
TRUE_BIAS = 4.2


def _load_linear(split: str, samples: int, noise: float, seed: int) -> Samples:
    """Draw y = X w + b + noise, X standard normal. Source: Zhang et al., Dive into Deep Learning, section 3.3."""
    import numpy as np

    rs = stream(split, seed)
    inputs = rs.standard_normal((samples, 2))
    return _samples(inputs, inputs @ np.array(TRUE_WEIGHTS) + TRUE_BIAS + noise * rs.standard_normal(samples))


def _load_sine(split: str, samples: int, noise: float, seed: int) -> Samples:
    import numpy as np

    rs = stream(split, seed)
    inputs = rs.uniform(-np.pi, np.pi, (samples, 1))
    return _samples(inputs, np.sin(inputs[:, 0]) + noise * rs.standard_normal(samples))


def _load_diabetes(split: str) -> Samples:
    """Load a split, scaled by the mean and deviation of the training set; the test set is a fixed fifth."""
    import numpy as np
    from sklearn.datasets import load_diabetes

    table = np.column_stack(load_diabetes(return_X_y=True, scaled=False))
    order = np.random.RandomState(0).permutation(len(table))
    cut = round(len(table) * 0.2)
    test, train = table[np.sort(order[:cut])], table[np.sort(order[cut:])]
    scaled = ((test if split == "test" else train) - train.mean(0)) / train.std(0)
    return _samples(scaled[:, :-1], scaled[:, -1])


def _samples(inputs: np.ndarray, targets: np.ndarray) -> Samples:
    """Make samples. inputs: (sample, feature), targets: (sample,)."""
    import torch

    return Samples(torch.from_numpy(inputs).float(), torch.from_numpy(targets).float()[:, None],
                   kind=NUMBERS)


LINEAR = Dataset(
    "linear", "Linear", "The course's first data set: y = 2 x1 - 3.4 x2 + 4.2 plus a little noise.",
    NUMBERS, (2,), LICENSE,
    "Zhang, Lipton, Li, Smola: Dive into Deep Learning, section 3.3, https://d2l.ai",
    load=_load_linear, feature_names=("x1", "x2"), target="y",
    params=(replace(SAMPLES, default=1000),
            replace(NOISE, default=0.01, help="Standard deviation of the noise added to y."), SEED))

SINE = Dataset(
    "sine", "Sine", "One period of a sine with noise: a curve for a network to fit.",
    NUMBERS, (1,), LICENSE,
    "Generated: y = sin(x) with noise, x uniform between -π and π", load=_load_sine, feature_names=("x",), target="y",
    params=(SAMPLES, replace(NOISE, default=0.1, help="Standard deviation of the noise added to y."), SEED))

DIABETES = Dataset(
    "diabetes", "Diabetes",
    "Disease progression after one year, from ten measurements of 442 patients. Measurements and target are scaled "
    "to mean 0 and deviation 1, so always predicting the mean gives a loss of 1.", NUMBERS, (10,),
    "Public; distributed with scikit-learn (BSD-3-Clause)",
    "Efron, Hastie, Johnstone, Tibshirani 2004, Least Angle Regression, Annals of Statistics 32(2)",
    load=_load_diabetes, feature_names=("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
    target="disease progression")
