"""Gradients as figures: their norms on the way back through a network, and the number that they are of."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import BLUE, ORANGE, Theme
from explorer.formatting import format_number
from explorer.results import Differentiated, GradientFlow
from explorer.text import Text, text

_FLOW_PX, _NUMBER_PX = 280, 110


def figure_gradient_flow(result: GradientFlow, theme: Theme, height: int = _FLOW_PX) -> go.Figure:
    """Draw two bars for each node on a logarithmic axis: the gradient of its output, and of its parameters.

    >>> flow = GradientFlow("", Text("the loss"), 0, ("input", "linear1"), ("Input", "Linear"), np.array([0.1, 1.0]),
    ...                     np.array([np.nan, 2.0]), np.zeros(2), np.zeros((0, 4)), np.zeros(0), Text("It flows."))
    >>> [bars.name for bars in figure_gradient_flow(flow, Theme()).data]
    ['of the output', 'of the parameters']
    """
    figure = frame.blank(theme, text("Gradient of {what}", what=result.what), height, bargap=0.25, showlegend=True)
    for name, values, color in ((text("of the output"), result.outputs, BLUE),
                                (text("of the parameters"), result.parameters, ORANGE)):
        drawn = np.where(np.isfinite(values) & (values > 0), values, np.nan)
        words = [f"{node}: {format_number(float(value))}" for node, value in zip(result.nodes, values, strict=True)]
        figure.add_trace(go.Bar(x=list(result.nodes), y=drawn, name=theme.say(name), marker={"color": color},
                                customdata=words, hovertemplate="%{customdata}<extra></extra>"))
    figure.update_layout(legend=frame.top_legend(theme),
                         yaxis=frame.axis(theme, text("norm of the gradient"), log=True))
    return figure


def describe_gradient_flow(result: GradientFlow) -> Text:
    """Describe what stands out of the norms."""
    return text("Gradient of {what}: {sentence}", what=result.what, sentence=result.sentence)


def figure_differentiated(result: Differentiated, theme: Theme, height: int = _NUMBER_PX) -> go.Figure:
    """Write the number that gradients are of, with its name.

    >>> found = Differentiated("", Text("the loss"), 0.5, Text("the loss"), Text(""), "classes", ("cat", "dog"))
    >>> figure_differentiated(found, Theme()).layout.annotations[-1].text
    'the loss<br><b>0.5</b>'
    """
    figure = frame.blank(theme, text("Gradient of"), height)
    figure.add_annotation(text=f"{theme.say(result.what)}<br><b>{format_number(result.value)}</b>", x=0.5,
                          y=0.5, xref="paper", yref="paper", showarrow=False,
                          font={"size": theme.title_font_px, "color": theme.text})
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    return figure


def describe_differentiated(result: Differentiated) -> Text:
    """Describe the number that gradients are of."""
    return text("Gradients are of {what}, which is {value}.", what=result.what, value=format_number(result.value))
