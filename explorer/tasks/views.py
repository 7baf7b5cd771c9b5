"""Pictures of what a network has learned, from its answers: for the live view. No torch at import."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from explorer.data import Dataset, Samples, to_float
from explorer.results import Curve, Field2D, FittedLine, Prediction, Predictions, Scatter, as_picture
from explorer.text import text

if TYPE_CHECKING:
    from torch import Tensor

SAMPLES_SHOWN, POINTS_SHOWN = 12, 500
_GRID, _LINE = 60, 200  # points a side of the plane, points of a line
Answers = Callable[["Tensor"], np.ndarray]


def predictions(probabilities: Answers, samples: Samples, title: str) -> Predictions:
    """Show a few samples with their class probabilities. probabilities: inputs to (sample, class)."""
    shown = samples.take(slice(0, SAMPLES_SHOWN))
    columns = to_float(shown.inputs).numpy(), shown.targets.tolist(), probabilities(shown.inputs)
    entries = tuple(Prediction(as_picture(image), target, given)
                    for image, target, given in zip(*columns, strict=True))
    return Predictions(title, entries, shown.class_names)


def boundary(probabilities: Answers, train: Samples, held_out: Samples, dataset: Dataset) -> Field2D:
    """Show the class probabilities over the plane of two features, with training and held-out samples on it."""
    import torch

    parts = _points_of(train, held_out)
    points, targets = (torch.cat([getattr(part, name) for part in parts]) for name in ("inputs", "targets"))
    x, y = plane_axes(train, held_out)
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)  # (y, x, 2)
    values = probabilities(grid.reshape(-1, 2)).reshape(*grid.shape[:2], -1)
    names = dataset.feature_names or ("x1", "x2")
    is_held_out = np.repeat([False, True][:len(parts)], [len(part) for part in parts])
    samples = Scatter("", points[:, 0].numpy(), points[:, 1].numpy(), names[0], names[1], targets.numpy(),
                      train.class_names, is_held_out if len(parts) > 1 else None)
    return Field2D("Decision boundary", x.numpy(), y.numpy(), values, samples)


def plane_axes(train: Samples, held_out: Samples) -> tuple[Tensor, Tensor]:
    """Return the axes of the plane that a boundary is shown over, x and y: (point,) each."""
    import torch

    inputs = torch.cat([part.inputs for part in _points_of(train, held_out)])
    return _axis(inputs[:, 0], _GRID), _axis(inputs[:, 1], _GRID)


def _points_of(train: Samples, held_out: Samples) -> list[Samples]:
    """Take the samples that are shown in a plane, of training and held-out ones where these are others."""
    return [part.take(slice(0, POINTS_SHOWN)) for part in ((train,) if held_out is train else (train, held_out))]


def fitted_line(values: Answers, held_out: Samples, dataset: Dataset) -> FittedLine:
    """Show the predicted number over one feature, or over the true number where there are several."""
    shown = held_out.take(slice(0, POINTS_SHOWN))
    targets = shown.targets.reshape(-1).numpy()
    if dataset.shape == (1,):
        x = _axis(shown.inputs[:, 0], _LINE)
        samples = Scatter("", shown.inputs[:, 0].numpy(), targets, (dataset.feature_names or ("x",))[0], text("target"))
        line = Curve("prediction", x.numpy(), values(x[:, None])[:, 0], "validation")
        return FittedLine("Fitted line", samples, line)
    ends = np.array([targets.min(), targets.max()])
    samples = Scatter("", targets, values(shown.inputs)[:, 0], text("true value"), text("predicted value"))
    return FittedLine("Predicted against true", samples, Curve("perfect", ends, ends, "validation"))


def _axis(values: Tensor, steps: int) -> Tensor:
    """Space `steps` points evenly over the values' range and a tenth beyond it."""
    import torch

    low, high = values.min().item(), values.max().item()
    margin = 0.1 * (high - low)
    return torch.linspace(low - margin, high + margin, steps)
