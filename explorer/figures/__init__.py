"""Figures: results as plotly figures and as sentences. No torch, no Streamlit.

Show a figure in Streamlit with `theme=None`, or it replaces these colors by its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go

from explorer import results
from explorer.figures.attention_pictures import describe_attention, figure_attention
from explorer.figures.attribution_pictures import (
    describe_attribution,
    describe_attribution_menu,
    figure_attribution,
    figure_attribution_menu,
)
from explorer.figures.backward_picture import describe_backward, figure_backward
from explorer.figures.bars import describe_bars, figure_bars
from explorer.figures.curves import describe_curves, figure_curves
from explorer.figures.dataset_attribution_pictures import describe_attribution_rows, figure_attribution_rows
from explorer.figures.flow_pictures import describe_flow_maps, figure_flow_maps
from explorer.figures.gradient_pictures import (
    describe_differentiated,
    describe_gradient_flow,
    figure_differentiated,
    figure_gradient_flow,
)
from explorer.figures.head_pictures import describe_head_grids, describe_mosaic, figure_head_grids, figure_mosaic
from explorer.figures.heatmap import describe_heatmap, figure_heatmap, heatmap_of_map
from explorer.figures.histogram import describe_histogram, figure_histogram
from explorer.figures.kernel_pictures import describe_kernels, figure_kernels
from explorer.figures.network_drawing import network_svg
from explorer.figures.network_mosaic import describe_network_maps, figure_network_maps
from explorer.figures.operation_picture import describe_operation, figure_operation
from explorer.figures.picture_rows import describe_pictures, figure_pictures
from explorer.figures.pictures import (
    describe_image_grid,
    describe_predictions,
    describe_quantities,
    describe_writing,
    figure_image_grid,
    figure_quantities,
    figure_writing,
)
from explorer.figures.robustness_pictures import (
    describe_attacked_input,
    describe_changed_inputs,
    figure_attacked_input,
    figure_changed_inputs,
)
from explorer.figures.scatter import (
    describe_field2d,
    describe_fitted_line,
    describe_scatter,
    figure_field2d,
    figure_fitted_line,
    figure_scatter,
)
from explorer.figures.theme import Theme
from explorer.figures.time_pictures import (
    describe_film,
    describe_histogram_series,
    figure_film,
    figure_histogram_series,
)
from explorer.figures.trust_pictures import describe_finding, figure_finding
from explorer.figures.unit_pictures import describe_unit_path, figure_unit_path
from explorer.figures.what_if_pictures import (
    describe_answer_numbers,
    describe_patching,
    figure_answer_numbers,
    figure_patching,
)
from explorer.text import Text

__all__ = [
    "Theme",
    "describe",
    "describe_of",
    "draw",
    "figure_answer_numbers",
    "figure_attacked_input",
    "figure_attention",
    "figure_attribution",
    "figure_attribution_menu",
    "figure_attribution_rows",
    "figure_backward",
    "figure_bars",
    "figure_changed_inputs",
    "figure_curves",
    "figure_field2d",
    "figure_film",
    "figure_finding",
    "figure_fitted_line",
    "figure_flow_maps",
    "figure_gradient_flow",
    "figure_head_grids",
    "figure_heatmap",
    "figure_histogram",
    "figure_histogram_series",
    "figure_image_grid",
    "figure_kernels",
    "figure_mosaic",
    "figure_network_maps",
    "figure_of",
    "figure_operation",
    "figure_patching",
    "figure_pictures",
    "figure_quantities",
    "figure_scatter",
    "figure_unit_path",
    "figure_writing",
    "heatmap_of_map",
    "network_svg",
]

figure_of: dict[type, Callable[..., go.Figure]] = {
    results.Curves: figure_curves,
    results.Heatmap: figure_heatmap,
    results.Bars: figure_bars,
    results.Histogram: figure_histogram,
    results.Field2D: figure_field2d,
    results.FittedLine: figure_fitted_line,
    results.Scatter: figure_scatter,
    results.ImageGrid: figure_image_grid,
    results.NetworkMaps: figure_network_maps,
    results.Kernels: figure_kernels,
    results.Quantities: figure_quantities,
    results.Writing: figure_writing,
    results.UnitPath: figure_unit_path,
    results.AttentionView: figure_attention,
    results.Pictures: figure_pictures,
    results.Operation: figure_operation,
    results.FlowMaps: figure_flow_maps,
    results.HeadGrids: figure_head_grids,
    results.Mosaic: figure_mosaic,
    results.Differentiated: figure_differentiated,
    results.GradientFlow: figure_gradient_flow,
    results.BackwardView: figure_backward,
    results.Film: figure_film,
    results.HistogramSeries: figure_histogram_series,
    results.Attribution: figure_attribution,
    results.AttributionMenu: figure_attribution_menu,
    results.AnswerNumbers: figure_answer_numbers,
    results.Patching: figure_patching,
    results.AttackedInput: figure_attacked_input,
    results.ChangedInputs: figure_changed_inputs,
    results.AttributionRows: figure_attribution_rows,
    results.Finding: figure_finding,
}
describe_of: dict[type, Callable[[Any], Text]] = {
    results.Curves: describe_curves,
    results.Heatmap: describe_heatmap,
    results.Bars: describe_bars,
    results.Histogram: describe_histogram,
    results.Field2D: describe_field2d,
    results.FittedLine: describe_fitted_line,
    results.Scatter: describe_scatter,
    results.ImageGrid: describe_image_grid,
    results.NetworkMaps: describe_network_maps,
    results.Kernels: describe_kernels,
    results.Predictions: describe_predictions,
    results.Quantities: describe_quantities,
    results.Writing: describe_writing,
    results.UnitPath: describe_unit_path,
    results.AttentionView: describe_attention,
    results.Pictures: describe_pictures,
    results.Operation: describe_operation,
    results.FlowMaps: describe_flow_maps,
    results.HeadGrids: describe_head_grids,
    results.Mosaic: describe_mosaic,
    results.Differentiated: describe_differentiated,
    results.GradientFlow: describe_gradient_flow,
    results.BackwardView: describe_backward,
    results.Film: describe_film,
    results.HistogramSeries: describe_histogram_series,
    results.Attribution: describe_attribution,
    results.AttributionMenu: describe_attribution_menu,
    results.AnswerNumbers: describe_answer_numbers,
    results.Patching: describe_patching,
    results.AttackedInput: describe_attacked_input,
    results.ChangedInputs: describe_changed_inputs,
    results.AttributionRows: describe_attribution_rows,
    results.Finding: describe_finding,
}


def draw(result: Any, theme: Theme | None = None, **options: Any) -> go.Figure:
    """Draw a result as a figure, by its type; light and in English without a theme.

    Raises KeyError for a result that only a page can draw (Predictions).

    >>> import numpy as np
    >>> from explorer.results import Bars
    >>> draw(Bars("Votes", ("yes", "no"), np.array([3.0, 1.0]), "votes")).layout.title.text
    'Votes'
    """
    return figure_of[type(result)](result, theme or Theme(), **options)


def describe(result: Any) -> Text:
    """Describe a result in one or two sentences.

    >>> import numpy as np
    >>> from explorer.results import Bars
    >>> str(describe(Bars("Votes", ("yes", "no"), np.array([3.0, 1.0]), "votes")))
    'Votes: of 2 bars, yes has the largest votes, 3.'
    """
    return describe_of[type(result)](result)
