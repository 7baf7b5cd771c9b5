"""Answers as numbers and patches as figures."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.bars import figure_bars
from explorer.figures.heatmap import figure_heatmap
from explorer.figures.pictures import figure_image_grid
from explorer.figures.theme import Theme
from explorer.formatting import format_number
from explorer.results import AnswerNumbers, Bars, Patching
from explorer.text import Text, text


def figure_answer_numbers(result: AnswerNumbers, theme: Theme) -> go.Figure:
    """Draw the numbers of an answer, one bar for each output.

    >>> answer = AnswerNumbers(("cat", "dog"), np.array([1.0, 3.0]), np.array([0.12, 0.88]))
    >>> figure_answer_numbers(answer, Theme()).layout.title.text
    'Logits'
    """
    title, axis = ("Logits", "logit") if len(result.shares) else ("Prediction", "value")
    return figure_bars(Bars(title, result.names, result.numbers, axis, signed=True), theme)


def describe_answer_numbers(result: AnswerNumbers) -> Text:
    """Describe the largest number of an answer."""
    place = int(result.numbers.argmax())
    return text("Of {count} outputs, {name} has the largest number, {value}.", count=len(result.names),
                name=result.names[place], value=format_number(float(result.numbers[place])))


def figure_patching(result: Patching, theme: Theme) -> go.Figure:
    """Draw the changes by place; where there are no places, those by channel, or that of the whole node.

    >>> figure_patching(Patching("relu1", Text("the logit of 3"), 1.0, 4.0, 3.0, ("7", "3")), Theme()).data[0].type
    'bar'
    """
    if result.units is not None:
        return figure_image_grid(result.units, theme)
    if result.places is not None:
        return figure_heatmap(result.places, theme)
    return figure_bars(result.parts or _whole(result), theme)


def _whole(result: Patching) -> Bars:
    return Bars(text("All of {node} patched: {what}", node=result.node, what=result.what),
                ("here", "patched", "there"), np.array([result.before, result.everything, result.source]), "value",
                signed=True)


def describe_patching(result: Patching) -> Text:
    """Describe what patching all of a node does."""
    return text("{what}: {before} here, {source} there, {everything} with all of {node} from there.", what=result.what,
                before=format_number(result.before), source=format_number(result.source), node=result.node,
                everything=format_number(result.everything))
