"""The learning rate over a run that is still to come, drawn."""

from __future__ import annotations

from explorer import charts
from explorer.recipe import Recipe
from explorer.ui.widgets.figure import draw_figure

_HEIGHT_PX = 150


def draw_schedule(recipe: Recipe) -> None:
    """The schedule as a curve; nothing where the learning rate stays as it is."""
    if recipe.schedule.name == "constant" and recipe.warmup_epochs == 0:
        return
    draw_figure(charts.schedule(recipe), "schedule", height=_HEIGHT_PX, title="hidden", tools=False, legend=False,
                top_px=8)
