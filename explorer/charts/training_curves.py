"""Charts of the numbers that a run records at every step and epoch: loss, metrics, gradient norms, any by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer import tasks
from explorer.charts.over_steps import over_steps
from explorer.formatting import format_number
from explorer.recipe import LOSSES, Recipe
from explorer.results import Curve, Curves, Heatmap, Reference
from explorer.tasks import Metric
from explorer.tasks.task import ACCURACY
from explorer.text import Text, text
from explorer.training.records.metrics import LOSS, TEST, TRAIN, VALIDATION, EpochRow
from explorer.training.records.run_numbers import HasNumbers, RunNumbers, read_numbers

_FAR_ABOVE, _NEAR = 1e3, 10  # times the chance loss: what would hide the rest, and what counts as the rest
_COLUMNS = 120  # of the gradient strip: more do not fit on a screen


@over_steps
def loss(run: HasNumbers) -> Curves:
    """Chart the loss: steps pale, means over fixed bins strong, validation and test at each epoch's end, chance level.

    A loss far above chance level does not hide the rest: a short peak leaves the plot, with a note on its height; if
    most of the curve is that high, the axis is logarithmic.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> charts.loss(RunNumbers(zoo.recipe("mlp"))).title
    'Loss'
    """
    numbers = read_numbers(run)
    peak = _peak(numbers)
    curves = (*_step_curves(numbers, LOSS), *_epoch_curves(numbers.epochs, LOSS))
    plain = Curves("Loss", curves, "epoch", _loss_name(numbers.recipe), references=_chance_loss(numbers),
                   drawn=describe_drawn(numbers))
    if peak is None:
        return plain
    if peak.is_rare:
        return replace(plain, y_range=(0.0, peak.top),
                       note=text("Above the plot: up to {highest} at step {step:,}",
                                 highest=format_number(peak.highest, 3), step=peak.step))
    return replace(plain, log_y=True)


def describe_drawn(numbers: RunNumbers) -> Text | None:
    """Describe what the strong line and the pale one are; None where each step is a bin of its own."""
    width, every = numbers.means.width, numbers.every
    if not len(numbers.steps) or width == 1:
        return None
    if every == 1:
        return text("line: mean of {width} steps · pale: each step", width=width)
    return text("line: mean of {width} steps · pale: one step in {every}", width=width, every=every)


def latest(curves: Curves, name: str = "training") -> float:
    """Return the last finite value of a chart's line, NaN where it has none.

    >>> import numpy as np
    >>> from explorer.results import Curve, Curves
    >>> latest(Curves("Loss", (Curve("training", np.arange(2), np.array([2.0, 0.5])),), "epoch", "loss"))
    0.5
    """
    lines = [curve.y[np.isfinite(curve.y)] for curve in curves.curves if curve.name == name and not curve.raw]
    return next((float(y[-1]) for y in lines if len(y)), float("nan"))


def _loss_name(recipe: Recipe | None) -> Text:
    """Name the loss with its unit; that of somebody's own loop has none that is known."""
    if recipe is None:
        return Text("loss")
    kind = LOSSES.get(recipe.loss.name)
    return text("{loss} ({unit})", loss=Text(kind.title), unit=Text(kind.unit)) if kind.unit else Text(kind.title)


def _chance_loss(numbers: RunNumbers) -> tuple[Reference, ...]:
    """Make the line at the loss of a network that ignores its inputs, once it is known."""
    recipe, facts = numbers.recipe, numbers.facts
    if (chance_loss := facts.get("guess_loss")) is None:
        return ()
    return (Reference(tasks.of(recipe).chance_label(recipe, len(facts.get("class_names", ()))), chance_loss),)


@dataclass(frozen=True)
class _Peak:
    """A peak of the loss far above the rest: its height and step. `top` is where a plot of the rest ends."""

    highest: float
    step: int
    is_rare: bool
    top: float


def _peak(numbers: RunNumbers) -> _Peak | None:
    """Find what would hide the rest of the curve; None where everything fits into one plot."""
    step, losses = _finite_losses(numbers)
    if not len(losses) or losses.min() < 0:
        return None
    usual = numbers.facts.get("guess_loss") or float(np.median(losses))
    if losses.max() <= _FAR_ABOVE * usual:
        return None
    near = losses[losses <= _NEAR * usual]
    top = 1.1 * float(max(near.max(initial=0.0), usual))
    return _Peak(float(losses.max()), int(step[losses.argmax()]), 2 * len(near) >= len(losses), top)


def _finite_losses(numbers: RunNumbers) -> tuple[np.ndarray, np.ndarray]:
    """Collect (step, loss) of all finite losses, of steps and of epochs."""
    measured = [(row.step, value) for row in numbers.epochs for part in (VALIDATION, TEST)
                if (value := row.value(part, LOSS)) is not None]
    step = np.concatenate([numbers.steps.step, [step for step, _value in measured]])
    losses = np.concatenate([numbers.steps.loss, [value for _step, value in measured]])
    good = np.isfinite(losses)
    return step[good], losses[good]


def loss_by_epoch(run: HasNumbers) -> Curves:
    """Chart the training loss as its mean over each epoch, and the validation loss at its end.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> [curve.name for curve in charts.loss_by_epoch(RunNumbers(zoo.recipe("mlp"))).curves]
    ['training', 'validation']
    """
    numbers = read_numbers(run)
    x = np.array([row.epoch for row in numbers.epochs], dtype=float)
    lines = tuple(Curve(role, x, np.array([row.value(part, LOSS) for row in numbers.epochs], dtype=float), role)
                  for role, part in (("training", TRAIN), ("validation", VALIDATION)))
    return Curves("Loss of each epoch", lines, "epoch", _loss_name(numbers.recipe))


@over_steps
def metric(run: HasNumbers, name: str) -> Curves:
    """Chart a number by its name: steps, means over fixed bins, validation and test at each epoch's end, chance level.

    A metric of the task has its title and its range; one that follows from the loss is computed from it. Any other
    number is drawn under its own name. Raises ValueError for a name that is not recorded.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> charts.metric(RunNumbers(zoo.recipe("mlp")), "accuracy").y_range
    (0.0, 1.0)
    """
    numbers = read_numbers(run)
    if name == LOSS:
        return loss(numbers)
    known = _known_metrics(numbers)
    if name not in known and len(numbers.steps) and name not in numbers.names:
        raise ValueError(f"no number is named {name!r}: there are {', '.join(numbers.names)}")
    kind = known.get(name, Metric(name, name, name))
    if kind.from_loss:
        return _from_loss(numbers, kind)
    chance = numbers.facts.get(f"guess_{name}")
    steps = _step_curves(numbers, name) if name in numbers.steps.scalars else []
    references = () if chance is None else (Reference(text(kind.chance), chance),)
    return Curves(kind.title, (*steps, *_epoch_curves(numbers.epochs, name)), "epoch", kind.unit, references=references,
                  y_range=kind.limits, drawn=describe_drawn(numbers))


def _known_metrics(numbers: RunNumbers) -> dict[str, Metric]:
    """List the metrics of the task by name; of somebody's own loop, the accuracy where it is a share."""
    if numbers.recipe is not None:
        return {each.name: each for each in tasks.of(numbers.recipe).metrics_of(numbers.recipe)}
    measured = [row.value(part, ACCURACY.name) for row in numbers.epochs for part in (VALIDATION, TEST)]
    values = np.array([*numbers.steps.of(ACCURACY.name), *measured], dtype=float)
    is_share = not (values < 0).any() and not (values > 1).any()
    return {ACCURACY.name: ACCURACY if is_share else replace(ACCURACY, unit=ACCURACY.name, limits=None)}


def _from_loss(numbers: RunNumbers, kind: Metric) -> Curves:
    """Derive the chart of a metric from the loss: from the mean loss, not as the mean of what follows from each."""
    follow = np.vectorize(kind.from_loss, otypes=[float])
    means = (*_step_curves(numbers, LOSS), *_epoch_curves(numbers.epochs, LOSS))
    curves = tuple(replace(curve, y=follow(curve.y)) for curve in means)
    chance = numbers.facts.get("guess_loss")
    references = () if chance is None else (Reference(text(kind.chance), kind.from_loss(chance)),)
    finite = np.concatenate([curve.y[np.isfinite(curve.y)] for curve in curves]) if curves else np.ones(1)
    return Curves(kind.title, curves, "epoch", kind.unit, references=references,
                  log_y=bool(finite.max(initial=1) > _NEAR * finite.min(initial=np.inf) > 0),
                  drawn=describe_drawn(numbers))


def gradient_norm(run: HasNumbers) -> Heatmap:
    """Chart the L2 norm of each layer's gradient, at no more than 120 steps, on a log scale.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> charts.gradient_norm(RunNumbers(zoo.recipe("mlp"), facts={"layers": ["linear1"]})).row_labels
    ('linear1',)
    """
    numbers = read_numbers(run)
    steps, layers = numbers.steps, numbers.facts.get("layers", [])
    count = len(steps)
    places = np.linspace(0, max(count - 1, 0), min(count, _COLUMNS))
    shown = np.unique(places.round().astype(int))
    values = steps.gradient_norm[shown].T if count else np.zeros((len(layers), 0), np.float32)
    return Heatmap("Gradient norm of each layer", values, "layer", "step", signed=False, row_labels=tuple(layers),
                   column_values=steps.step[shown], log=True, quantity="gradient norm")


def _step_curves(numbers: RunNumbers, name: str) -> list[Curve]:
    """Draw each step pale and the means strong; without bins of several steps, the steps themselves are strong."""
    steps, means = numbers.steps, numbers.means
    if not len(steps):
        return []
    if means.width == 1:
        return [Curve("training", steps.epoch, steps.of(name))]
    per_epoch = numbers.facts.get("batches_per_epoch") or 1
    return [Curve("each step", steps.epoch, steps.of(name), raw=True),
            Curve("training", means.step / per_epoch, means.of(name))]


def _epoch_curves(epochs: Sequence[EpochRow], name: str) -> list[Curve]:
    curves = []
    for role in (VALIDATION, TEST):
        points = [(row.epoch, y) for row in epochs if (y := row.value(role, name)) is not None]
        if points:
            x, y = np.array(points, dtype=float).T
            curves.append(Curve(role, x, y, role))
    return curves
