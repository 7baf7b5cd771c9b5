"""Loss, accuracy and gradient norms of a run, as results to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer import tasks
from explorer.charts.smooth import smooth
from explorer.formatting import format_number
from explorer.recipe import LOSSES, Recipe
from explorer.results import Curve, Curves, Heatmap, Reference
from explorer.text import Text, text
from explorer.training.records.metrics import EpochRow, Steps
from explorer.training.records.run_numbers import HasNumbers, RunNumbers, read_numbers

_FAR_ABOVE, _NEAR = 1e3, 10  # times the loss of guessing: what would hide the rest, and what counts as the rest
_COLUMNS = 120  # of the gradient strip: more than fit on a screen help nobody


def loss(run: HasNumbers) -> Curves:
    """The loss of each step, pale, smoothed over it; validation and test at each epoch's end; the line at guessing.

    A loss that jumped far above guessing does not hide the rest: a short peak leaves the plot, and a remark says how
    high it went; where most of the curve is up there, the axis is logarithmic.
    """
    numbers = read_numbers(run)
    steps, peak = numbers.steps, _peak(numbers)
    plain = Curves("Loss", (), "epoch", _loss_name(numbers.recipe), references=_chance_loss(numbers))
    measured = _epoch_curves(numbers.epochs, "loss")
    if peak is None:
        return replace(plain, curves=(*_step_curves(steps, steps.loss), *measured))
    if peak.is_rare:
        curves = (*_step_curves(steps, np.minimum(steps.loss, peak.seldom_above)), *measured)
        return replace(plain, curves=curves, y_range=(0.0, peak.top),
                       note=text("Above the plot: up to {highest} at step {step:,}",
                                 highest=format_number(peak.highest, 3), step=peak.step))
    logs = _step_curves(steps, np.log(np.where(steps.loss > 0, steps.loss, np.nan)))
    return replace(plain, curves=(*(replace(curve, y=np.exp(curve.y)) for curve in logs), *measured), log_y=True)


def latest(curves: Curves, name: str = "training") -> float:
    """Where a chart's line stands by now: its last finite value, NaN where it has none."""
    lines = [curve.y[np.isfinite(curve.y)] for curve in curves.curves if curve.name == name and not curve.raw]
    return next((float(y[-1]) for y in lines if len(y)), float("nan"))


def _loss_name(recipe: Recipe) -> Text:
    """The name of the loss with its unit."""
    kind = LOSSES.get(recipe.loss.name)
    return text("{loss} ({unit})", loss=Text(kind.title), unit=Text(kind.unit)) if kind.unit else Text(kind.title)


def _chance_loss(numbers: RunNumbers) -> tuple[Reference, ...]:
    """The line at the loss of a network that ignores its inputs, once it is known."""
    recipe, facts = numbers.recipe, numbers.facts
    if (chance := facts.get("guess_loss")) is None:
        return ()
    return (Reference(tasks.of(recipe).chance_label(recipe, len(facts.get("class_names", ()))), chance),)


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


def _peak(numbers: RunNumbers) -> _Peak | None:
    """None where everything fits into one plot."""
    step, losses = _finite_losses(numbers)
    if not len(losses) or losses.min() < 0:
        return None
    usual = numbers.facts.get("guess_loss") or float(np.median(losses))
    if losses.max() <= _FAR_ABOVE * usual:
        return None
    near = losses[losses <= _NEAR * usual]
    top = 1.1 * float(max(near.max(initial=0.0), usual))
    return _Peak(float(losses.max()), int(step[losses.argmax()]), 2 * len(near) >= len(losses), 2 * top, top)


def _finite_losses(numbers: RunNumbers) -> tuple[np.ndarray, np.ndarray]:
    """(step, loss) of every finite one, of each step and at the ends of epochs."""
    measured = [(row.step, value) for row in numbers.epochs for value in (row.validation_loss, row.test_loss)
                if value is not None]
    step = np.concatenate([numbers.steps.step, [step for step, _value in measured]])
    losses = np.concatenate([numbers.steps.loss, [value for _step, value in measured]])
    good = np.isfinite(losses)
    return step[good], losses[good]


def loss_by_epoch(run: HasNumbers) -> Curves:
    """The training loss as its running mean over each epoch, and the validation loss at its end."""
    numbers = read_numbers(run)
    x = np.array([row.epoch for row in numbers.epochs], dtype=float)
    lines = tuple(Curve(role, x, np.array([getattr(row, f"{stem}_loss") for row in numbers.epochs], dtype=float), role)
                  for role, stem in (("training", "train"), ("validation", "validation")))
    return Curves("Loss of each epoch", lines, "epoch", _loss_name(numbers.recipe))


def accuracy(run: HasNumbers) -> Curves:
    """The share of right answers, in the same manner; the line is the largest class's share."""
    numbers = read_numbers(run)
    curves = [*_step_curves(numbers.steps, numbers.steps.accuracy), *_epoch_curves(numbers.epochs, "accuracy")]
    guess = numbers.facts.get("guess_accuracy")
    references = (Reference(text("always the largest class"), guess),) if guess is not None else ()
    return Curves("Accuracy", tuple(curves), "epoch", "share of right answers", references=references,
                  y_range=(0.0, 1.0))


def gradient_norm(run: HasNumbers) -> Heatmap:
    """The L2 norm of every layer's gradient over the steps, at most 120 of them, on a log scale."""
    numbers = read_numbers(run)
    steps, layers = numbers.steps, numbers.facts.get("layers", [])
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


def _epoch_curves(epochs: Sequence[EpochRow], what: str) -> list[Curve]:
    curves = []
    for role in ("validation", "test"):
        points = [(row.epoch, getattr(row, f"{role}_{what}")) for row in epochs]
        points = [(x, y) for x, y in points if y is not None]
        if points:
            x, y = np.array(points, dtype=float).T
            curves.append(Curve(role, x, y, role))
    return curves
