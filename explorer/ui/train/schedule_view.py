"""Plot of the learning rate over a run that has not started."""

from __future__ import annotations

from explorer import charts
from explorer.recipe import Recipe
from explorer.ui.widgets.figure import draw_figure

_HEIGHT_PX = 150


def draw_schedule(recipe: Recipe) -> None:
    """Draw the schedule as a curve; nothing where the learning rate is constant."""
    if recipe.schedule.name == "constant" and recipe.warmup_epochs == 0:
        return
    draw_figure(charts.schedule(recipe), "schedule", height=_HEIGHT_PX, title="hidden", tools=False, legend=False,
                top_px=8)
