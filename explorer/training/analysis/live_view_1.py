"""The first form of a live view's file, which runs of then still have: a kind, and arrays with names of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.results import (
    Curve,
    Field2D,
    FittedLine,
    ImageGrid,
    Prediction,
    Predictions,
    Scatter,
    Writing,
    as_picture,
)

Arrays = Mapping[str, np.ndarray]


def unpack(arrays: Arrays, meta: dict[str, Any]) -> tuple[Any, ...]:
    """Read the view, then the maps of hidden units. Raises LookupError, TypeError, ValueError or AttributeError."""
    view = {"predictions": _as_predictions, "plane": _as_plane, "line": _as_line, "text": _as_writing}[meta["kind"]]
    named = sorted((*name.split("/")[1:], name) for name in arrays if name.startswith("units/"))
    units = (ImageGrid(layer, arrays[name], signed=True, axis="unit") for _place, layer, name in named)
    return view(arrays, meta), *units


def _as_predictions(arrays: Arrays, meta: dict[str, Any]) -> Predictions:
    columns = (arrays[name] for name in ("inputs", "targets", "probabilities"))
    entries = tuple(Prediction(as_picture(image), int(target), probabilities)
                    for image, target, probabilities in zip(*columns, strict=True))
    return Predictions("Held-out samples", entries, tuple(meta["class_names"]))


def _as_plane(arrays: Arrays, meta: dict[str, Any]) -> Field2D:
    names = meta["feature_names"] or ["x1", "x2"]
    samples = Scatter("", arrays["inputs"][:, 0], arrays["inputs"][:, 1], names[0], names[1],
                      arrays["targets"], tuple(meta["class_names"]))
    return Field2D("Decision boundary", arrays["x"], arrays["y"], arrays["probabilities"], samples)


def _as_line(arrays: Arrays, meta: dict[str, Any]) -> FittedLine:
    targets = arrays["targets"].reshape(-1)
    if "x" in arrays:
        name = (meta["feature_names"] or ["x"])[0]
        samples = Scatter("", arrays["inputs"][:, 0], targets, name, "target")
        return FittedLine("Fitted line", samples, Curve("prediction", arrays["x"], arrays["predicted"], "validation"))
    ends = np.array([targets.min(), targets.max()])
    samples = Scatter("", targets, arrays["predicted"], "true value", "predicted value")
    return FittedLine("Predicted against true", samples, Curve("perfect", ends, ends, "validation"))


def _as_writing(arrays: Arrays, meta: dict[str, Any]) -> Writing:
    prompt, written = ("".join(meta["class_names"][token] for token in arrays[name]) for name in ("prompt", "written"))
    return Writing("Generated text", prompt, written)
