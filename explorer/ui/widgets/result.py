"""Results of any type on a page: the type alone picks the figure or the component."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any

import streamlit as st

from explorer.figures import figure_of
from explorer.formatting import with_unit
from explorer.results import AttributionRows, Bars, Curves, Finding, Heatmap, Quantities, Writing
from explorer.ui.language import _, plain
from explorer.ui.widgets.components.inspector import draw_rows
from explorer.ui.widgets.figure import draw_figure
from explorer.ui.widgets.writing import draw_words

_LONGEST = 1000  # characters of a finding
_BAR_PX, _AROUND_PX = 18, 90  # of a chart of many bars: each, and what is above and below them
_FIGURE_PX, _TOP_PX = 250, 8  # a figure's height, and the room above its plot where nothing is written there


def draw_results(results: Sequence[Any], key: str, more: Mapping[type, Callable[..., None]] = MappingProxyType({}),
                 ) -> None:
    """Draw results one below the other; two figures of one type, or curves with a heatmap of them, are side by side.

    more: who draws results of further types. A single figure has no title of its own: it is what the heading above
    names. Raises KeyError for a type that nothing draws.
    """
    for row in _rows(results):
        spots = st.columns(len(row), gap="medium") if len(row) > 1 else [st.container()]
        for place, spot in zip(row, spots, strict=True):
            draw = more.get(type(results[place])) or _DRAWERS.get(type(results[place]), _draw_figure)
            with spot:
                draw(results[place], f"{key}/{place}", is_alone=len(results) == 1)


def _rows(results: Sequence[Any]) -> list[list[int]]:
    """Return the places of the results in each row: figures that are compared share one."""
    rows: list[list[int]] = []
    for kind, group in groupby(range(len(results)), key=lambda place: type(results[place])):
        places = list(group)
        if kind is Heatmap and len(places) == 1 and rows and [type(results[place]) for place in rows[-1]] == [Curves]:
            rows[-1] += places
        else:
            rows += [places] if len(places) == 2 and kind not in _DRAWERS else [[place] for place in places]
    return rows


def can_draw(kind: type) -> bool:
    """Check whether results of this type can be drawn on a page."""
    return kind in _DRAWERS or kind in figure_of


def _draw_figure(result: Any, key: str, is_alone: bool) -> None:
    rows = len(result.labels) if isinstance(result, Bars) else 0
    draw_figure(result, key, height=max(_FIGURE_PX, _BAR_PX * rows + _AROUND_PX), title="hidden" if is_alone else "above", tools=False,
                top_px=_TOP_PX if is_alone else None)


def _draw_quantities(result: Quantities, key: str, is_alone: bool) -> None:
    for label, value in zip(result.labels, result.values, strict=True):
        st.metric(plain(_(label)), with_unit(float(value), _(result.unit)))


def _draw_writing(result: Writing, key: str, is_alone: bool) -> None:
    draw_words(result.written, f"… {result.prompt}" if result.prompt else "")


def _draw_finding(result: Finding, key: str, is_alone: bool) -> None:
    st.markdown(plain(_(result.sentence), _LONGEST))


def _draw_rows(result: AttributionRows, key: str, is_alone: bool) -> None:
    draw_rows(result, key)


_DRAWERS: dict[type, Callable[..., None]] = {
    Finding: _draw_finding, AttributionRows: _draw_rows, Quantities: _draw_quantities, Writing: _draw_writing,
}
