"""Charts of the learning rate, of a run and of a recipe."""

from __future__ import annotations

import numpy as np

from explorer.charts.over_steps import over_steps
from explorer.recipe import Recipe
from explorer.results import Curve, Curves
from explorer.training.records.run_numbers import HasNumbers, RunNumbers, read_numbers

LEARNING_RATE = "learning_rate"  # the name under which a loop of one's own logs it
_RATES = 500  # points of a run's curve
_POINTS_PER_EPOCH, _MOST_POINTS = 60, 2_000  # of a schedule


def learning_rate(run: HasNumbers) -> Curves:
    """Chart the learning rate of every update so far, and pale, the rest of the schedule.

    The axis is logarithmic if the rates differ more than tenfold. Of somebody's own loop: what it logged under the name
    `learning_rate`.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> charts.learning_rate(RunNumbers(zoo.recipe("mlp"))).x_axis
    'epoch'
    """
    numbers = read_numbers(run)
    if numbers.recipe is None:
        return _logged_rate(numbers)
    total, per_epoch = numbers.facts.get("total_steps", 0), numbers.facts.get("batches_per_epoch", 1)
    places, rates = rates_by_step(numbers)
    done = places < numbers.last_step
    curves = (Curve("to come", places / per_epoch, np.where(places < numbers.last_step - 1, np.nan, rates), raw=True),
              Curve("learning rate", places[done] / per_epoch, rates[done]))
    positive = rates[rates > 0]
    return Curves("Learning rate", curves if total else (), "epoch", "rate",
                  log_y=bool(len(positive)) and positive.max() > 10 * positive.min())


def rates_by_step(run: HasNumbers) -> tuple[np.ndarray, np.ndarray]:
    """Compute the learning rate of some updates of the whole schedule: (update,) counted from 0, (update,).

    Of somebody's own loop, the rates that it has logged.

    >>> from explorer import zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> rates_by_step(RunNumbers(zoo.recipe("mlp"), facts={"total_steps": 2}))[0]
    array([0, 1])
    """
    numbers = read_numbers(run)
    if numbers.recipe is None:
        rates = numbers.steps.of(LEARNING_RATE)
        return numbers.steps.step[np.isfinite(rates)] - 1, rates[np.isfinite(rates)]
    total, per_epoch = numbers.facts.get("total_steps", 0), numbers.facts.get("batches_per_epoch", 1)
    places, changes = _updates_shown(numbers, total), numbers.facts.get("lr_changes", ())
    return places, np.array([numbers.recipe.lr_at(int(place), total, per_epoch, changes) for place in places], float)


@over_steps
def _logged_rate(numbers: RunNumbers) -> Curves:
    """Chart the rates that a loop logged, each as it is: a mean over steps would blur every jump."""
    rates = numbers.steps.of(LEARNING_RATE)
    positive = rates[rates > 0]
    if not len(positive):
        return Curves("Learning rate", (), "epoch", "rate")
    is_wide = positive.max() > 10 * positive.min()
    return Curves("Learning rate", (Curve("learning rate", numbers.steps.epoch, rates),), "epoch", "rate",
                  log_y=bool(is_wide), y_range=None if is_wide else (0.0, 1.1 * float(positive.max())))


def _updates_shown(numbers: RunNumbers, total: int) -> np.ndarray:
    """Pick evenly spaced updates, with both sides of every jump and the last one made: (update,)."""
    updates = set(np.linspace(0, max(total - 1, 0), min(total, _RATES)).round().astype(int).tolist())
    for since, _rate in numbers.facts.get("lr_changes", ()):
        updates |= {place for place in (since - 1, since) if 0 <= place < total}
    if numbers.last_step:
        updates.add(numbers.last_step - 1)
    return np.array(sorted(updates), dtype=int)


def schedule(recipe: Recipe) -> Curves:
    """Chart the learning rate over a run of this recipe, for any number of samples.

    >>> from explorer import charts, zoo
    >>> len(charts.schedule(zoo.recipe("mlp")).curves)
    1
    """
    per_epoch = max(1, min(_POINTS_PER_EPOCH, _MOST_POINTS // recipe.epochs))
    total = per_epoch * recipe.epochs
    rates = np.array([recipe.lr_at(step, total, per_epoch) for step in range(total)])
    return Curves("Learning rate", (Curve("learning rate", np.arange(total) / per_epoch, rates),), "epoch",
                  "learning rate")
