"""Losses by name, with their settings and formulas; `explorer.tasks` computes them."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.kinds import Chosen, Kind
from explorer.registry import Registry
from explorer.spec import Number


@dataclass(frozen=True)
class Loss(Kind):
    """A loss, and the unit of its values.

    compares_numbers: it compares numbers with numbers, so that a task of classes compares probabilities with one-hot
    targets. likelihood: it is minus the logarithm of the probability given to the truth.
    """

    unit: str = ""
    compares_numbers: bool = False
    likelihood: bool = False


LOSSES = Registry("loss", (
    Loss("cross_entropy", "Cross-entropy", "Minus the logarithm of the probability given to the right class.", (
        Number("label_smoothing", "Label smoothing", 0.0, low=0, high=0.99,
               help="This share of the target is spread over all classes, so that certainty is never rewarded fully."),
    ), r"-\sum_k q_k \log \mathrm{softmax}(o)_k, \quad q_k = (1 - s)\,[k = y] + s / K",
        "Dive into Deep Learning, 4.1; Szegedy et al. 2016, 7", "nats", likelihood=True),
    Loss("binary_cross_entropy", "Binary cross-entropy", "Cross-entropy for two classes and a single logit.", (),
         r"-y \log \sigma(o) - (1 - y) \log(1 - \sigma(o))", "Dive into Deep Learning, 4.1", "nats", likelihood=True),
    Loss("perceptron", "Perceptron", "Only mistakes count, by their distance from the right side.", (),
         r"\max(0, -(2y - 1)\, o)", "Rosenblatt 1958; Bishop 2006, eq. 4.54"),
    Loss("mse", "Mean squared error", "The mean of the squared differences; for classes, between the probabilities and "
         "the one-hot target.", (), r"(o - y)^2", "Dive into Deep Learning, 3.1; for classes: Brier 1950",
         compares_numbers=True),
    Loss("l1", "Mean absolute error", "The mean of the absolute differences: outliers pull less than with squares. For "
         "classes, between the probabilities and the one-hot target.", (), r"|o - y|", "torch.nn.L1Loss",
         compares_numbers=True),
    Loss("huber", "Huber", "Squared near zero, a straight line farther out.", (
        Number("delta", "Delta", 1.0, low=1e-6, high=1e6, help="Where the parabola turns into a line."),),
        r"\tfrac12 (o - y)^2 \text{ if } |o - y| < \delta \text{ else } \delta (|o - y| - \delta / 2)",
        "Huber 1964; Dive into Deep Learning, 22.5", compares_numbers=True),
))


def is_likelihood(loss: Chosen) -> bool:
    """Return whether a sample's loss is exactly minus the logarithm of the probability given to the truth.

    >>> is_likelihood(Chosen("cross_entropy", {"label_smoothing": 0.1}))
    False
    """
    return LOSSES.get(loss.name).likelihood and not loss.params.get("label_smoothing")
