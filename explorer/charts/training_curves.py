"""What the rows of a run say, as results to be drawn: loss, accuracy, gradient norms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.charts.smooth import smooth
from explorer.figures import format_number
from explorer.recipe import Recipe
from explorer.results import Curve, Curves, Heatmap, Reference
from explorer.text import text
from explorer.training.records.metrics import EpochRow, Steps

_FAR_ABOVE, _NEAR = 1e3, 10  # times the loss of guessing: what would hide the rest, and what counts as the rest
_RATES = 500  # points of the learning rate's curve
_COLUMNS = 120  # of the gradient strip: more than fit on a screen help nobody


def loss_curves(steps: Steps, epochs: list[EpochRow], facts: dict[str, Any], loss_name: str) -> Curves:
    """The loss of each step, pale, smoothed over it; validation and test at each epoch's end; the line at guessing.

    A loss that jumped far above guessing does not hide the rest: a short peak leaves the plot, and a remark says how
    high it went; where most of the curve is up there, the axis is logarithmic.
    """
    references = ()
    if (guess := facts.get("guess_loss")) is not None:
        words = text("guessing (ln {classes})", classes=len(facts["class_names"])) if facts.get("class_names") \
            else text("always saying the mean")
        references = (Reference(words, guess),)
    peak = _peak(steps, epochs, facts)
    if peak is None:
        curves = [*_step_curves(steps, steps.loss), *_epoch_curves(epochs, "loss")]
        return Curves("Loss", tuple(curves), "epoch", loss_name, references=references)
    if peak.is_rare:
        curves = [*_step_curves(steps, np.minimum(steps.loss, peak.seldom_above)), *_epoch_curves(epochs, "loss")]
        return Curves("Loss", tuple(curves), "epoch", loss_name, references=references, y_range=(0.0, peak.top),
                      note=text("Above the plot: up to {highest} at step {step:,}",
                                highest=format_number(peak.highest, 3), step=peak.step))
    logs = _step_curves(steps, np.log(np.where(steps.loss > 0, steps.loss, np.nan)))
    curves = [*(replace(curve, y=np.exp(curve.y)) for curve in logs), *_epoch_curves(epochs, "loss")]
    return Curves("Loss", tuple(curves), "epoch", loss_name, references=references, log_y=True)


@dataclass(frozen=True)
class _Peak:
    """A loss far above all that matters: the highest, at its step. `top` is where a plot of the rest ends.

    `seldom_above` is what the loss is cut off at before it is smoothed, so that the peak does not linger.
    """

    highest: float
    step: int
    is_rare: bool
    seldom_above: float
    top: float


def _peak(steps: Steps, epochs: list[EpochRow], facts: dict[str, Any]) -> _Peak | None:
    """None where everything fits into one plot."""
    measured = [(row.step, loss) for row in epochs for loss in (row.validation_loss, row.test_loss) if loss is not None]
    step = np.concatenate([steps.step, [step for step, _loss in measured]])
    loss = np.concatenate([steps.loss, [loss for _step, loss in measured]])
    step, loss = step[np.isfinite(loss)], loss[np.isfinite(loss)]
    if not len(loss) or loss.min() < 0:
        return None
    usual = facts.get("guess_loss") or float(np.median(loss))
    if loss.max() <= _FAR_ABOVE * usual:
        return None
    near = loss[loss <= _NEAR * usual]
    top = 1.1 * float(max(near.max(initial=0.0), usual))
    return _Peak(float(loss.max()), int(step[loss.argmax()]), 2 * len(near) >= len(loss), 2 * top, top)


def rate_curve(recipe: Recipe, last_step: int, facts: dict[str, Any]) -> Curves:
    """The learning rate of every update up to now, and behind it, pale, what the schedule has in store.

    The axis is logarithmic where the rates differ more than tenfold.
    """
    total, per_epoch = facts.get("total_steps", 0), facts.get("batches_per_epoch", 1)
    changes = facts.get("lr_changes", ())
    updates = set(np.linspace(0, max(total - 1, 0), min(total, _RATES)).round().astype(int).tolist())
    for since, _rate in changes:  # both sides of a jump
        updates |= {place for place in (since - 1, since) if 0 <= place < total}
    if last_step:
        updates.add(last_step - 1)
    places = np.array(sorted(updates), dtype=int)
    rates = np.array([recipe.lr_at(int(place), total, per_epoch, changes) for place in places], dtype=float)
    done = places < last_step
    curves = (Curve("to come", places / per_epoch, np.where(places < last_step - 1, np.nan, rates), raw=True),
              Curve("learning rate", places[done] / per_epoch, rates[done]))
    positive = rates[rates > 0]
    return Curves("Learning rate", curves if total else (), "epoch", "rate",
                  log_y=bool(len(positive)) and positive.max() > 10 * positive.min())


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
