"""Views of a run, by name: what a network has learned at a step."""

from __future__ import annotations

import numpy as np

from explorer.results import (
    Curve,
    Field2D,
    FittedLine,
    Prediction,
    Predictions,
    Scatter,
    Unavailable,
    Writing,
)
from explorer.text import text

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def boundary(at: int) -> Field2D:
    axis = np.linspace(-1, 1, 40).astype(np.float32)
    odds = 1 / (1 + np.exp(-6 * (axis[None, :] * np.cos(at / 500) + axis[:, None] * np.sin(at / 500))))
    points = np.random.default_rng(1).uniform(-1, 1, (2, 200)).astype(np.float32)
    samples = Scatter("", points[0], points[1], "x1", "x2", (points.sum(0) > 0).astype(np.int64), ("orange", "blue"))
    return Field2D("Decision boundary", axis, axis, np.stack([1 - odds, odds], 2).astype(np.float16), samples)


def predictions(at: int) -> Predictions:
    rng, entries = np.random.default_rng(2), []
    for index in range(12):
        odds = rng.dirichlet(np.ones(10)).astype(np.float32)
        target = int(odds.argmax()) if index % 3 else index % 10
        entries.append(Prediction(rng.random((8, 8)).astype(np.float32), target, odds))
    return Predictions("Held-out samples", tuple(entries), DIGITS)


def three(at: int) -> Field2D:
    """Three classes, each round a corner of its own."""
    axis = np.linspace(-1, 1, 40).astype(np.float32)
    corners = np.array([[-0.8, -0.8], [0.8, -0.8], [0.0, 0.9]])
    far = ((axis[None, :, None] - corners[:, 0]) ** 2 + (axis[:, None, None] - corners[:, 1]) ** 2) * (1 + at / 400)
    points = np.random.default_rng(1).uniform(-1, 1, (2, 90)).astype(np.float32)
    near = ((points.T[:, None] - corners) ** 2).sum(2).argmin(1)
    samples = Scatter("", points[0], points[1], "x1", "x2", near, ("left", "right", "top"),
                      np.arange(90) >= 60)
    odds = np.exp(-far) / np.exp(-far).sum(2, keepdims=True)
    return Field2D("Decision regions", axis, axis, odds.astype(np.float16), samples)


def line(at: int) -> FittedLine:
    x = np.linspace(-2, 2, 50).astype(np.float32)
    samples = Scatter("", x, 2 * x + np.sin(7 * x), "age (years)", "price (€)")
    return FittedLine("Fitted line", samples, Curve("prediction", x, 2 * x * min(1, at / 800)))


VIEWS = {"boundary": boundary, "three": three, "line": line, "predictions": predictions,
         "unavailable": lambda at: Unavailable(text("This view needs more memory than there is.")),
         "writing": lambda at: Writing("What it writes", "The time ", f"traveller {at} <b>&"),
         "unknown": lambda at: Scatter("Points", np.zeros(1), np.zeros(1), "x", "y")}
