"""What a network's output can mean, and the losses that fit each meaning; training.loop.task computes them."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.kinds import Chosen, Kind
from explorer.registry import Registry
from explorer.spec import Number, defaults

TASKS = Registry("task", (
    Kind("classification", "Classification", "Which of K classes: one logit a class."),
    Kind("binary", "Binary classification", "One of two classes: a single number, positive for the second."),
    Kind("regression", "Regression", "A number."),
    Kind("next_token", "Next token", "What comes next in a text: at each character, one logit for each that there is."),
))

SAYS_A_CLASS = ("classification", "binary")  # the tasks whose answer is one class a sample


@dataclass(frozen=True)
class Loss(Kind):
    """A loss: the tasks that it fits, and the unit of its values."""

    tasks: tuple[str, ...] = ()
    unit: str = ""


LOSSES = Registry("loss", (
    Loss("cross_entropy", "Cross-entropy", "Minus the logarithm of the probability given to the right class.", (
        Number("label_smoothing", "Label smoothing", 0.0, low=0, high=0.99,
               help="This share of the target is spread over all classes, so that certainty is never rewarded fully."),
    ), r"-\sum_k q_k \log \mathrm{softmax}(o)_k, \quad q_k = (1 - s)\,[k = y] + s / K",
        "Dive into Deep Learning, 4.1; Szegedy et al. 2016, 7", ("classification", "next_token"), "nats"),
    Loss("binary_cross_entropy", "Binary cross-entropy", "The same for two classes and a single logit.", (),
         r"-y \log \sigma(o) - (1 - y) \log(1 - \sigma(o))", "Dive into Deep Learning, 4.1", ("binary",), "nats"),
    Loss("perceptron", "Perceptron", "Only what is wrong counts, by how far it is on the wrong side.", (),
         r"\max(0, -(2y - 1)\, o)", "Rosenblatt 1958; Bishop 2006, eq. 4.54", ("binary",)),
    Loss("mse", "Mean squared error", "The mean of the squared differences.", (), r"(o - y)^2",
         "Dive into Deep Learning, 3.1", ("regression",)),
    Loss("l1", "Mean absolute error", "The mean of the differences: outliers pull less than with squares.", (),
         r"|o - y|", "torch.nn.L1Loss", ("regression",)),
    Loss("huber", "Huber", "Squared near zero, a straight line farther out.", (
        Number("delta", "Delta", 1.0, low=1e-6, high=1e6, help="Where the parabola turns into a line."),),
        r"\tfrac12 (o - y)^2 \text{ if } |o - y| < \delta \text{ else } \delta (|o - y| - \delta / 2)",
        "Huber 1964; Dive into Deep Learning, 22.5", ("regression",)),
))


def losses_of(task: str) -> list[str]:
    """The names of the losses that fit a task; the first is its default."""
    return [loss.name for loss in LOSSES if task in loss.tasks]


def default_loss(task: str) -> Chosen:
    kind = LOSSES.get(losses_of(task)[0])
    return Chosen(kind.name, defaults(kind.params))
