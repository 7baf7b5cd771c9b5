"""Charts of the learning rate, of a run and of a recipe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.charts.training_curves import metric
from explorer.recipe import Recipe
from explorer.results import Curve, Curves
from explorer.training.records.run_numbers import HasNumbers, RunNumbers, read_numbers

_RATES = 500  # points of a run's curve
_POINTS_PER_EPOCH, _MOST_POINTS = 60, 2_000  # of a schedule


def learning_rate(run: HasNumbers) -> Curves:
    """Chart the learning rate of every update so far, and pale, the rest of the schedule.

    The axis is logarithmic if the rates differ more than tenfold. Of somebody's own loop: what it logged under the name
    `learning_rate`, if it did.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> charts.learning_rate(RunNumbers(zoo.recipe("mlp"))).x_axis
    'epoch'
    """
    numbers = read_numbers(run)
    if numbers.recipe is None:
        logged = "learning_rate" in numbers.names
        return replace(metric(numbers, "learning_rate"), title="Learning rate") if logged else \
            Curves("Learning rate", (), "step", "rate")
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

    >>> from explorer import zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> rates_by_step(RunNumbers(zoo.recipe("mlp"), facts={"total_steps": 2}))[0]
    array([0, 1])
    """
    numbers = read_numbers(run)
    total, per_epoch = numbers.facts.get("total_steps", 0), numbers.facts.get("batches_per_epoch", 1)
    places, changes = _updates_shown(numbers, total), numbers.facts.get("lr_changes", ())
    return places, np.array([numbers.recipe.lr_at(int(place), total, per_epoch, changes) for place in places], float)


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
