"""What the rows of a run say, as results to be drawn: loss, accuracy, gradient norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.figures import smooth
from explorer.results import Curve, Curves, Heatmap, Reference
from explorer.text import text
from explorer.training.metrics import EpochRow, Steps

_COLUMNS = 120  # of the gradient strip: more than fit on a screen help nobody


def loss_curves(steps: Steps, epochs: list[EpochRow], facts: dict[str, Any], loss_name: str) -> Curves:
    """The loss of each step, pale, smoothed over it; validation and test at each epoch's end; the line at guessing."""
    curves = [*_step_curves(steps, steps.loss), *_epoch_curves(epochs, "loss")]
    references = ()
    if (guess := facts.get("guess_loss")) is not None:
        words = text("guessing (ln {classes})", classes=len(facts["class_names"])) if facts.get("class_names") \
            else text("always saying the mean")
        references = (Reference(words, guess),)
    return Curves("Loss", tuple(curves), "epoch", loss_name, references=references, y_range=None)


def accuracy_curves(steps: Steps, epochs: list[EpochRow], facts: dict[str, Any]) -> Curves:
    """The share of right answers, in the same manner; the line is the largest class's share."""
    curves = [*_step_curves(steps, steps.accuracy), *_epoch_curves(epochs, "accuracy")]
    guess = facts.get("guess_accuracy")
    references = (Reference(text("always the largest class"), guess),) if guess is not None else ()
    return Curves("Accuracy", tuple(curves), "epoch", "share of right answers", references=references,
                  y_range=(0.0, 1.0))


def gradient_strip(steps: Steps, layers: list[str]) -> Heatmap:
    """The L2 norm of every layer's gradient over the steps, at most 120 of them, on a log scale."""
    count = len(steps)
    places = np.linspace(0, max(count - 1, 0), min(count, _COLUMNS))
    shown = np.unique(places.round().astype(int))
    values = steps.gradient_norm[shown].T if count else np.zeros((len(layers), 0), np.float32)
    return Heatmap("Gradient norm of every layer", values, "layer", "step", signed=False, row_labels=tuple(layers),
                   column_values=steps.step[shown], log=True, quantity="gradient norm")


def _step_curves(steps: Steps, values: np.ndarray) -> list[Curve]:
    if len(steps) == 0:
        return []
    return [Curve("each step", steps.epoch, values, raw=True),
            Curve("training", steps.epoch, smooth(values, smoothing_for(len(steps))))]


def smoothing_for(points: int) -> float:
    """The weight of the past: about a twentieth of the curve is averaged, so that a short one does not lag behind."""
    return min(0.95, max(0.5, 1 - 20 / points))


def _epoch_curves(epochs: list[EpochRow], what: str) -> list[Curve]:
    curves = []
    for role in ("validation", "test"):
        points = [(row.epoch, getattr(row, f"{role}_{what}")) for row in epochs]
        points = [(x, y) for x, y in points if y is not None]
        if points:
            x, y = np.array(points, dtype=float).T
            curves.append(Curve(role, x, y, role))
    return curves
