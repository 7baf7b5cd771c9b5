"""Attributions of many samples as figures: a column for each image, a line for each text or row of a table."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.picture_rows import png_url
from explorer.figures.theme import Theme
from explorer.formatting import format_number, format_percent
from explorer.results import AttributionRows
from explorer.results.attribution_results import IMAGE
from explorer.text import Text, text

_LINE_PX, _ROW_PX, _AROUND_PX = 22, 104, 150
_GAP = 0.08  # between two maps, in widths of one
_MOST_NAMES = 16


def figure_attribution_rows(result: AttributionRows, theme: Theme, height: int = 0) -> go.Figure:
    """Draw each sample with its maps below it; a text or a row of a table as a line, a block for each method.

    Each method has a scale of its own, the same for all samples.

    >>> rows = AttributionRows("features", np.array([7]), np.ones((1, 2)), (), ("age", "price"), ("cat",), ("dog",),
    ...                        np.array([0.9]), np.array([0]), ("",), Text("the logit"), ("saliency",),
    ...                        (Text("Saliency"),), (np.ones((1, 2)),), (Text(""),))
    >>> figure_attribution_rows(rows, Theme()).data[0].z.shape
    (1, 2)
    """
    fitting = [index for index, values in enumerate(result.maps) if values.size]
    has_maps = result.kind == IMAGE
    count = _ROW_PX * (len(fitting) + 1) if has_maps else _LINE_PX * len(result.places)
    figure = frame.blank(theme, text("Attribution of {what}", what=result.what), max(height, count + _AROUND_PX))
    (_add_columns if has_maps else _add_lines)(figure, result, fitting, theme)
    figure.update_yaxes(autorange="reversed")
    return figure


def _add_columns(figure: go.Figure, result: AttributionRows, fitting: list[int], theme: Theme) -> None:
    step = 1 + _GAP
    for column, picture in enumerate(result.inputs):
        rows, columns = picture.shape[:2]
        image = picture[..., 0] if picture.shape[2] == 1 else picture
        figure.add_trace(go.Image(source=png_url(image / 255), x0=column * step + 0.5 / columns, dx=1 / columns,
                                  y0=0.5 / rows, dy=1 / rows, hoverinfo="skip"))
        figure.add_annotation(x=column * step + 0.5, y=-0.05, yanchor="bottom", showarrow=False,
                              text="<br>".join(map(theme.say, _caption(result, column))),
                              font={"size": theme.axis_font_px, "color": theme.text})
    for row, index in enumerate(fitting, 1):
        for column, values in enumerate(result.maps[index]):
            _add_map(figure, values, _limit(result.maps[index]), column * step, row * step, theme)
    labels = [theme.say(text("input")), *(_title(result, index, theme) for index in fitting)]
    figure.update_layout(margin_t=theme.px(100))
    figure.update_xaxes(visible=False, constrain="domain", constraintoward="left")
    figure.update_yaxes(scaleanchor="x", showgrid=False, tickvals=[row * step + 0.5 for row in range(len(labels))],
                        ticktext=labels, automargin=True)


def _add_map(figure: go.Figure, values: np.ndarray, limit: float, x: float, y: float, theme: Theme) -> None:
    rows, columns = values.shape
    figure.add_trace(go.Heatmap(
        z=values, x0=x + 0.5 / columns, dx=1 / columns, y0=y + 0.5 / rows, dy=1 / rows, zmin=-limit, zmax=limit,
        colorscale=theme.diverging, showscale=False, hovertemplate="%{z}<extra></extra>"))


def _add_lines(figure: go.Figure, result: AttributionRows, fitting: list[int], theme: Theme) -> None:
    ticks, start = [], 0
    for index in fitting:
        values = result.maps[index].reshape(len(result.places), -1)
        limit, width = _limit(values), values.shape[1]
        names = np.array(result.tokens) if result.tokens else None
        figure.add_trace(go.Heatmap(
            z=values, x0=start, dx=1, zmin=-limit, zmax=limit, colorscale=theme.diverging, showscale=False, text=names,
            texttemplate="%{text}" if names is not None else None, ygap=2, hovertemplate="%{z}<extra></extra>"))
        figure.add_annotation(x=start - 0.5, y=1, xanchor="left", yref="paper", yanchor="bottom", showarrow=False,
                              text=_title(result, index, theme), font={"size": theme.axis_font_px})
        if len(result.names) == width <= _MOST_NAMES:
            ticks += [(start + place, theme.say(name)) for place, name in enumerate(result.names)]
        start += width + 1
    captions = [" · ".join(map(theme.say, _caption(result, row))) for row in range(len(result.places))]
    figure.update_xaxes(showgrid=False, tickvals=[place for place, _name in ticks],
                        ticktext=[name for _place, name in ticks])
    figure.update_yaxes(showgrid=False, tickvals=list(range(len(captions))), ticktext=captions, automargin=True)
    figure.update_layout(margin_t=theme.px(76))


def _limit(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0)) or 1.0


def _title(result: AttributionRows, index: int, theme: Theme) -> str:
    limit = format_number(_limit(result.maps[index]), 3)
    return f"{theme.say(result.titles[index])}<br>−{limit} … {limit}"


def _caption(result: AttributionRows, row: int) -> list[str | Text]:
    """Describe a sample in lines: the answer, the right one where it is another, its place, the remark on it."""
    sure, expected = float(result.confidence[row]), result.expected[row]
    answer = text("{predicted} {sure}", predicted=result.predicted[row], sure=format_percent(sure)) \
        if np.isfinite(sure) else result.predicted[row]
    right = [text("not {expected}", expected=expected)] if expected and result.right[row] != 1 else []
    return [answer, *right, text("no. {place}", place=int(result.places[row])), *result.remarks[row:row + 1]]


def describe_attribution_rows(result: AttributionRows) -> Text:
    """Describe how many samples there are, how many of them are wrong, and the methods.

    >>> rows = AttributionRows("features", np.array([7]), np.ones((1, 2)), (), ("age", "price"), ("cat",), ("dog",),
    ...                        np.array([0.9]), np.array([0]), ("",), Text("the logit"), ("saliency",),
    ...                        (Text("Saliency"),), (np.ones((1, 2)),), (Text(""),))
    >>> print(describe_attribution_rows(rows))
    1 samples, 1 of them wrong, with attributions of the logit by Saliency.
    """
    named = {"count": len(result.places), "wrong": int((result.right == 0).sum()), "what": result.what,
             "methods": ", ".join(f"{title}" for title in result.titles)}
    counted = text("{count} samples with attributions of {what} by {methods}.", **named) \
        if (result.right < 0).all() else \
        text("{count} samples, {wrong} of them wrong, with attributions of {what} by {methods}.", **named)
    return text("{counted} {note}", counted=counted, note=result.note) if result.note else counted
