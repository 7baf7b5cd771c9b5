"""Inputs before and after a change that was made on purpose."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.panels import add_title, domain_of, names_of_axes, range_of, room_above
from explorer.figures.picture_rows import png_url
from explorer.figures.theme import Theme
from explorer.formatting import format_number
from explorer.results import AttackedInput, ChangedInputs, as_picture
from explorer.text import Text, text

_PX, _NAMES_PX = 250, 90
_AROUND_PX = 20


def figure_attacked_input(result: AttackedInput, theme: Theme, height: int = _PX) -> go.Figure:
    """Draw the image, its change on a scale of its own, the attacked image, and where the answer flips.

    >>> image = np.zeros((1, 4, 4))
    >>> answers = (Text("cat"), Text("dog"), Text(""))
    >>> attacked = AttackedInput("Attack", image, image + 0.1, np.zeros((0, 0, 0)), answers, Text("0.1"), Text(""))
    >>> len(figure_attacked_input(attacked, Theme()).data)
    3
    """
    figure = frame.blank(theme, result.title, height)
    margin = {side: theme.px(8) for side in "lrb"} | {"t": theme.px(30 if result.title else 8)}
    figure.update_layout(margin=margin)
    panels = [(result.image, text("Original"), result.answers[0]), (None, text("Change"), _scale(result)),
              (result.attacked, text("Size {size}", size=result.size), result.answers[1])]
    if result.flipped.size:
        panels.append((result.flipped, text("The smallest that flips it, {size}", size=result.smallest),
                       result.answers[2]))
    for place, (image, title, words) in enumerate(panels):
        axes = names_of_axes(place)
        figure.add_trace(_change(result, theme, axes) if image is None else
                         go.Image(source=png_url(as_picture(_shown(image))), hoverinfo="skip", **axes))
        add_title(figure, theme, place, len(panels), title, words)
        number, both = "" if place == 0 else place + 1, {"visible": False, "constrain": "domain"}
        figure.update_layout({
            f"xaxis{number}": both | {"domain": domain_of(place, len(panels)), "anchor": axes["yaxis"],
                                      "constraintoward": "left"},
            f"yaxis{number}": both | {"domain": [0, room_above(theme, height - _AROUND_PX)], "anchor": axes["xaxis"],
                                      "autorange": "reversed", "constraintoward": "top",
                                      "scaleanchor": axes["xaxis"]}})
    return figure


def _shown(image: np.ndarray) -> np.ndarray:
    return image if len(image) in (1, 3) else image.mean(0, keepdims=True)


def _largest(result: AttackedInput) -> float:
    return float(np.abs(result.change).max(initial=0.0)) or 1.0


def _scale(result: AttackedInput) -> Text:
    largest = float(np.abs(result.change).max(initial=0.0))
    if largest == 0:
        return text("none")
    return text("{range}, shown ×{times}", range=range_of(largest, signed=True), times=format_number(1 / largest, 2))


def _change(result: AttackedInput, theme: Theme, axes: dict[str, str]) -> go.Heatmap:
    limit = _largest(result)
    return go.Heatmap(z=result.change.astype(np.float64), zmin=-limit, zmax=limit, colorscale=theme.diverging,
                      showscale=False, hovertemplate="%{z:.3~g}<extra></extra>", **axes)


def describe_attacked_input(result: AttackedInput) -> Text:
    """Describe the answers before and after, and the smallest change that flips the first."""
    facts = {"before": result.answers[0], "after": result.answers[1], "size": result.size}
    if not result.flipped.size:
        return text("{before}; under an attack of size {size}, {after}.", **facts)
    return text("{before}; under an attack of size {size}, {after}; the answer flips at {smallest}.",
                smallest=result.smallest, **facts)


def figure_changed_inputs(result: ChangedInputs, theme: Theme, height: int = _NAMES_PX) -> go.Figure:
    """Name the changed inputs.

    >>> changed = ChangedInputs("Look at it", (Text("noise 0.3"),), np.zeros((1, 4)))
    >>> figure_changed_inputs(changed, Theme()).layout.annotations[-1].text
    'noise 0.3'
    """
    figure = frame.blank(theme, result.title, height)
    figure.add_annotation(text=" · ".join(map(theme.say, result.labels)), x=0, y=0.5, xref="paper", yref="paper",
                          xanchor="left", showarrow=False, font={"size": theme.axis_font_px, "color": theme.text})
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    return figure


def describe_changed_inputs(result: ChangedInputs) -> Text:
    """Count the changed inputs."""
    return text("{title}: {count} changed inputs.", title=result.title, count=len(result.labels))
