"""Results that `figures` or a browser component draws: numbers once, as numpy arrays with named axes.

`signed` tells how values are meant: True around zero (drawn orange-white-blue, symmetric), False from
zero up (drawn on the one sequential scale). Arrays are float32 unless a docstring says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class ImageGrid:
    """Maps of one node side by side. values: (map, height, width).

    shape: of the node's output without the batch axis, of which these are all maps or the first ones; () for what is
    no output. largest: the end of the color scale where that is beyond these values, else 0.
    """

    title: str
    values: np.ndarray
    signed: bool
    labels: tuple[str, ...] = ()
    unit: str = ""
    note: Text | None = None
    axis: str = "channel"
    shape: tuple[int, ...] = ()
    largest: float = 0.0

    @property
    def limit(self) -> float:
        """The end of the color scale, shared by all maps: the largest magnitude (1 where all is zero)."""
        largest = self.largest or float(np.abs(self.values).max(initial=0.0))
        return largest if np.isfinite(largest) and largest > 0 else 1.0


@dataclass(frozen=True)
class LayerWeights:
    """Weights of one layer between two columns of units. weight: (target unit, source unit), bias: (target unit,).

    `source` and `target` are titles of the columns' maps, `parameter` the state dict's name of the weight. A layer
    without biases has none: (0,). Of many units only the first are held.

    >>> layer = LayerWeights("input", "linear1", "linear1.weight", np.array([[0.5, -0.5]]), np.zeros(1))
    >>> layer.weight.shape
    (1, 2)
    """

    source: str
    target: str
    parameter: str
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Heatmap:
    """One matrix. values: (row, column), labels for each where they have names.

    `column_values` places the columns on a number line, e.g. at their step; without it the cells are square pixels.
    `limit` fixes the color scale's end, so that several matrices can be compared. `box` is a part that is framed:
    (top, left, bottom, right), the last two excluded.
    """

    title: str | Text
    values: np.ndarray
    row_axis: str
    column_axis: str
    signed: bool
    row_labels: tuple[str, ...] = ()
    column_values: np.ndarray | None = None
    unit: str = ""
    log: bool = False
    column_labels: tuple[str, ...] = ()
    quantity: str = ""
    limit: float | None = None
    box: tuple[int, ...] = ()


@dataclass(frozen=True)
class Curve:
    """One line of a `Curves`. x, y: (point,); `role` picks color and dash: training, validation, test, ideal, run.

    `place` is a compared run's place in the fixed color order; `raw` marks the noisy line behind a smoothed one.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    role: str = "training"
    raw: bool = False
    place: int = 0


@dataclass(frozen=True)
class Reference:
    """A dashed horizontal line with a name, e.g. the loss at chance level."""

    name: Text
    y: float


@dataclass(frozen=True)
class Curves:
    """Lines over one x axis. `note` is a remark written above the plot, `drawn` explains what the lines are of."""

    title: str | Text
    curves: tuple[Curve, ...]
    x_axis: str
    y_axis: str | Text
    unit: str = ""
    log_y: bool = False
    references: tuple[Reference, ...] = ()
    y_range: tuple[float, float] | None = None
    note: Text | None = None
    drawn: Text | None = None


@dataclass(frozen=True)
class Histogram:
    """A distribution of values. edges: (bin + 1,), shares: (bin,), of all values, adding up to 1 or all 0."""

    title: str | Text
    edges: np.ndarray
    shares: np.ndarray
    axis: str
    y_axis: str


@dataclass(frozen=True)
class Bars:
    """One bar per label. values: (label,); `highlight` is the index of the bar that stands out."""

    title: str | Text
    labels: tuple[str, ...]
    values: np.ndarray
    axis: str
    unit: str = ""
    signed: bool = False
    highlight: int | None = None
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Quantities:
    """A few named numbers, each read by itself. values: (quantity,) in `unit`."""

    title: str | Text
    labels: tuple[str, ...]
    values: np.ndarray
    unit: str = ""


@dataclass(frozen=True)
class Scatter:
    """Points of a plane. x, y: (point,); target: (point,) class index, or None.

    held_out: (point,) of bool, those that were kept out of training; None where none were.
    """

    title: str
    x: np.ndarray
    y: np.ndarray
    x_axis: str | Text
    y_axis: str | Text
    target: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    held_out: np.ndarray | None = None


@dataclass(frozen=True)
class Field2D:
    """A function over the plane on a regular grid, with the samples it was learned from.

    values: (y, x, class) class probabilities; x: (x,), y: (y,); samples drawn on top.
    """

    title: str
    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    samples: Scatter


@dataclass(frozen=True)
class FittedLine:
    """The line that a regression on one input has learned, over its samples. line: Curve of the prediction."""

    title: str
    samples: Scatter
    line: Curve


@dataclass(frozen=True)
class Prediction:
    """One sample and the network's prediction. image: (height, width) or (height, width, 3) in 0..1."""

    image: np.ndarray
    target: int | None
    probabilities: np.ndarray


def as_picture(values: np.ndarray) -> np.ndarray:
    """Lay (channel, height, width) out as an image: (height, width), or (height, width, 3); a row stays a row.

    >>> as_picture(np.zeros((3, 28, 28))).shape
    (28, 28, 3)
    """
    if values.ndim != 3:
        return values.reshape(1, -1)
    return values[0] if len(values) == 1 else np.moveaxis(values, 0, -1)


@dataclass(frozen=True)
class Predictions:
    """Samples with the network's answers, class names in order."""

    title: str
    entries: tuple[Prediction, ...]
    class_names: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Unavailable:
    """A result that could not be made, with the reason."""

    sentence: Text


@dataclass(frozen=True)
class Writing:
    """A text that a network wrote, after the prompt it was given."""

    title: str
    prompt: str
    written: str
