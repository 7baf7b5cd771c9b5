"""The learning rate over a run that is still to come, drawn."""

from __future__ import annotations

import numpy as np

from explorer.recipe import Recipe
from explorer.results import Curve, Curves
from explorer.ui.widgets.figure import draw_figure

_POINTS_AN_EPOCH, _MOST_POINTS = 60, 2_000
_HEIGHT_PX = 150


def schedule_curve(recipe: Recipe) -> Curves:
    """The learning rate at every moment of a run of this recipe, whatever the number of its samples."""
    per_epoch = max(1, min(_POINTS_AN_EPOCH, _MOST_POINTS // recipe.epochs))
    total = per_epoch * recipe.epochs
    rates = np.array([recipe.lr_at(step, total, per_epoch) for step in range(total)])
    return Curves("", (Curve("learning rate", np.arange(total) / per_epoch, rates),), "epoch", "learning rate")


def draw_schedule(recipe: Recipe) -> None:
    """The schedule as a curve; nothing where the learning rate stays as it is."""
    if recipe.schedule.name == "constant" and recipe.warmup_epochs == 0:
        return
    draw_figure(schedule_curve(recipe), "schedule", height=_HEIGHT_PX, title="hidden", tools=False, legend=False,
                top_px=8)
