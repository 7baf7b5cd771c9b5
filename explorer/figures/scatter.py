"""Figures of data in a plane: points, a decision boundary, a fitted line."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import BLUE, Theme, mix
from explorer.formatting import format_number, format_percent
from explorer.results import Field2D, FittedLine, Scatter
from explorer.text import Text, text

FIELD_HEIGHT_PX = 420
FIELD_STRENGTH, CLASS_STRENGTH = 0.55, 0.35


def figure_scatter(result: Scatter, theme: Theme, height: int = FIELD_HEIGHT_PX) -> go.Figure:
    """Draw points, each class with its own color and marker.

    >>> points = Scatter("Points", np.arange(3), np.arange(3), "x", "y")
    >>> len(figure_scatter(points, Theme()).data)
    1
    """
    figure = _plane(result.title, result, theme, height)
    _add_points(figure, result, theme)
    return figure


def figure_field2d(result: Field2D, theme: Theme, height: int = FIELD_HEIGHT_PX) -> go.Figure:
    """Draw a decision boundary under its samples: the probability for two classes, the predicted class for more.

    >>> samples, ends = Scatter("", np.arange(2), np.arange(2), "x", "y", np.arange(2), ("a", "b")), np.arange(2.0)
    >>> figure_field2d(Field2D("Boundary", ends, ends, np.full((2, 2, 2), 0.5), samples), Theme()).data[0].type
    'heatmap'
    """
    figure = _plane(result.title, result.samples, theme, height)
    if sure := result.values.shape[2] <= 2:
        _add_probability(figure, result, theme)
    else:
        _add_winners(figure, result, theme)
    _add_points(figure, result.samples, theme)
    figure.update_xaxes(range=_ends(result.x), constrain="domain", showgrid=False)
    figure.update_yaxes(range=_ends(result.y), constrain="domain", showgrid=False, scaleanchor="x")
    figure.update_xaxes(constraintoward="right" if sure else "center")
    return figure


def figure_fitted_line(result: FittedLine, theme: Theme, height: int = frame.HEIGHT_PX) -> go.Figure:
    """Draw the samples of a regression and the learned line.

    >>> from explorer.results import Curve
    >>> samples, line = Scatter("", np.arange(3), np.arange(3), "x", "y"), Curve("fit", np.arange(3), np.arange(3))
    >>> len(figure_fitted_line(FittedLine("Fit", samples, line), Theme()).data)
    2
    """
    figure = _plane(result.title, result.samples, theme, height)
    figure.add_trace(go.Scatter(
        x=result.samples.x, y=result.samples.y, mode="markers", name=theme.say("samples"),
        marker={"color": theme.legible(theme.pale(theme.slate, 0.6)), "size": theme.px(6)},
        hovertemplate=_hover(result.samples, theme)))
    figure.add_trace(go.Scatter(
        x=result.line.x, y=result.line.y, mode="lines", name=theme.say(result.line.name),
        line={"color": theme.legible(BLUE), "width": 3 * theme.scale}, hovertemplate=_hover(result.samples, theme)))
    figure.update_layout(showlegend=True)
    return figure


def describe_scatter(result: Scatter) -> Text:
    """Describe the number of points, their classes and ranges."""
    if not len(result.x):
        return text("{title}: no points yet.", title=result.title)
    if result.target is None:
        return text("{title}: {count} points, {x_axis} from {x_low} to {x_high}, {y_axis} from {y_low} to {y_high}.",
                    title=result.title, count=format_number(len(result.x)), **_extents(result))
    return text("{title}: {count} points of {classes} classes, {x_axis} from {x_low} to {x_high}, "
                "{y_axis} from {y_low} to {y_high}.", title=result.title, count=format_number(len(result.x)),
                classes=len(np.unique(result.target)), **_extents(result))


def describe_field2d(result: Field2D) -> Text:
    """Describe the share of the plane of the largest class, and how many samples are classified correctly."""
    winner = _winner(result)
    count = max(2, result.values.shape[2])
    shares = [float(np.mean(winner == k)) for k in range(count)]
    largest = int(np.argmax(shares))
    facts = {"title": result.title, "share": format_percent(shares[largest]), "count": count,
             "name": _class_name(result.samples, largest)}
    if result.samples.target is None or not len(result.samples.x):
        return text("{title}: of {count} classes, {name} takes the largest part of the plane, {share}.", **facts)
    return text("{title}: of {count} classes, {name} takes the largest part of the plane, {share}; "
                "{right} of {samples} samples lie in their own class.",
                right=_count_right(result, winner), samples=format_number(len(result.samples.x)), **facts)


def describe_fitted_line(result: FittedLine) -> Text:
    """Describe where the line starts and ends, and its mean squared error over the samples."""
    line, samples = result.line, result.samples
    if not len(line.x) or not len(samples.x):
        return text("{title}: no line yet.", title=result.title)
    error = np.interp(samples.x, line.x, line.y) - samples.y
    return text("{title}: the line goes from {start} at {axis} {low} to {end} at {axis} {high}; "
                "over {count} samples its mean squared error is {error}.",
                title=result.title, axis=samples.x_axis, start=format_number(float(line.y[0])),
                end=format_number(float(line.y[-1])), low=format_number(float(line.x[0])),
                high=format_number(float(line.x[-1])), count=format_number(len(samples.x)),
                error=format_number(float(np.mean(error**2))))


def _plane(title: str, samples: Scatter, theme: Theme, height: int) -> go.Figure:
    figure = frame.blank(theme, title, height, legend=frame.top_legend(theme))
    figure.update_xaxes(frame.axis(theme, samples.x_axis))
    figure.update_yaxes(frame.axis(theme, samples.y_axis))
    if not len(samples.x):
        frame.add_note(figure, theme, "No points yet")
    return figure


def _add_points(figure: go.Figure, samples: Scatter, theme: Theme) -> None:
    """Add one trace per class, outlined so that points stand out from a field of the same color.

    Points that were held out are hollow, in a trace of their own beside their class's.
    """
    targets = np.zeros(len(samples.x), int) if samples.target is None else samples.target.astype(int)
    held_out = np.zeros(len(samples.x), bool) if samples.held_out is None else samples.held_out.astype(bool)
    for index in range(int(targets.max(initial=-1)) + 1):
        for is_out in (False, True):
            if (chosen := (targets == index) & (held_out == is_out)).any() or not is_out:
                figure.add_trace(_points(samples, chosen, index, theme, is_out))
    figure.update_layout(showlegend=samples.target is not None and len(samples.x) > 0)


def _points(samples: Scatter, chosen: np.ndarray, index: int, theme: Theme, held_out: bool) -> go.Scatter:
    color = theme.slate if samples.target is None else theme.class_color(index)
    name = _class_name(samples, index)
    return go.Scatter(
        x=samples.x[chosen], y=samples.y[chosen], mode="markers",
        name=theme.say(text("{name}, held out", name=name) if held_out else name),
        marker={"color": theme.background if held_out else color, "symbol": theme.class_symbol(index),
                "size": theme.px(8), "line": {"color": color if held_out else theme.background,
                                              "width": (1.8 if held_out else 1.2) * theme.scale}},
        hovertemplate=_hover(samples, theme, index))


def _class_name(samples: Scatter, index: int) -> str:
    return samples.class_names[index] if index < len(samples.class_names) else f"class {index}"


def _hover(samples: Scatter, theme: Theme, index: int | None = None) -> str:
    name = "" if index is None or samples.target is None else f"{theme.say(_class_name(samples, index))}<br>"
    return (f"{name}{theme.say(samples.x_axis)} %{{x:{frame.HOVER_NUMBER}}}, "
            f"{theme.say(samples.y_axis)} %{{y:{frame.HOVER_NUMBER}}}<extra></extra>")


def _positive(result: Field2D) -> np.ndarray:
    """Return the probability of class 1: (y, x)."""
    return result.values[..., -1]


def _winner(result: Field2D) -> np.ndarray:
    """Return the class with the largest probability: (y, x)."""
    return (_positive(result) > 0.5).astype(int) if result.values.shape[2] <= 2 else result.values.argmax(axis=2)


def _add_probability(figure: go.Figure, result: Field2D, theme: Theme) -> None:
    name = theme.say(text("probability of {name}", name=_class_name(result.samples, 1)))
    ground = theme.diverging[1][1]
    scale = [(at, mix(ground, color, FIELD_STRENGTH)) for at, color in theme.diverging]
    figure.add_trace(go.Heatmap(
        z=_positive(result), x=result.x, y=result.y, zmin=0, zmax=1, colorscale=scale, zsmooth="best",
        colorbar=frame.color_bar(figure, theme, name, tickvals=[0, 0.25, 0.5, 0.75, 1]),
        hovertemplate=f"{name} %{{z:{frame.HOVER_NUMBER}}}<extra></extra>"))
    figure.add_trace(go.Contour(
        z=_positive(result), x=result.x, y=result.y, showscale=False, hoverinfo="skip", showlegend=False,
        contours={"type": "constraint", "operation": "=", "value": 0.5},
        line={"color": theme.text, "width": 2 * theme.scale}))


def _add_winners(figure: go.Figure, result: Field2D, theme: Theme) -> None:
    classes = result.values.shape[2]
    colors = [theme.pale(theme.class_color(k), CLASS_STRENGTH) for k in range(classes)]
    steps = [(edge / classes, color) for k, color in enumerate(colors) for edge in (k, k + 1)]
    names = np.array([theme.say(_class_name(result.samples, k)) for k in range(classes)])
    figure.add_trace(go.Heatmap(
        z=_winner(result), x=result.x, y=result.y, zmin=-0.5, zmax=classes - 0.5, colorscale=steps, showscale=False,
        customdata=np.stack([names[_winner(result)].astype(object), result.values.max(axis=2)], axis=2),
        hovertemplate=f"%{{customdata[0]}}: %{{customdata[1]:{frame.HOVER_NUMBER}}}<extra></extra>"))


def _ends(values: np.ndarray) -> list[float]:
    return [float(values[0]), float(values[-1])]


def _extents(result: Scatter) -> dict[str, str]:
    return {"x_axis": result.x_axis, "y_axis": result.y_axis,
            "x_low": format_number(float(result.x.min())), "x_high": format_number(float(result.x.max())),
            "y_low": format_number(float(result.y.min())), "y_high": format_number(float(result.y.max()))}


def _count_right(result: Field2D, winner: np.ndarray) -> str:
    """Count the samples whose nearest grid point belongs to their own class."""
    columns = np.abs(result.x[None, :] - result.samples.x[:, None]).argmin(axis=1)
    rows = np.abs(result.y[None, :] - result.samples.y[:, None]).argmin(axis=1)
    return format_number(int(np.sum(winner[rows, columns] == result.samples.target)))
