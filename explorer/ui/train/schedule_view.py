"""The learning rate over a run that is still to come, drawn."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer import charts
from explorer.figures import describe, draw
from explorer.recipe import Recipe
from explorer.ui.app.shell import theme
from explorer.ui.language import _

_HEIGHT_PX = 150


def draw_schedule(recipe: Recipe) -> None:
    """The schedule as a curve; nothing where the learning rate stays as it is."""
    if recipe.schedule.name == "constant" and recipe.warmup_epochs == 0:
        return
    result = replace(charts.schedule(recipe), title="")
    figure = draw(result, theme(), height=_HEIGHT_PX)
    figure.update_layout(margin_t=theme().px(8), showlegend=False)
    st.plotly_chart(figure, key="schedule", theme=None, config={"displayModeBar": False}, alt=_(describe(result)))
