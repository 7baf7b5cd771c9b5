"""What a run shows of itself while it learns, as a page reads it: no torch, no weights, one small file.

The worker computes it (`live_writer`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from explorer.files.atomic import read_atomic
from explorer.results import Curve, Field2D, FittedLine, ImageGrid, Prediction, Predictions, Scatter, Writing

FILE_NAME = "live.safetensors"
MOST_UNITS = 16  # of a layer are shown
UNITS = "units"  # arrays of hidden units are called units/<place of the layer>/<its address>

_NONE = (OSError, SafetensorError, ValueError, LookupError, TypeError, AttributeError)
LiveView = Predictions | Field2D | FittedLine | Writing


def read_live_view(folder: Path) -> LiveView | None:
    """The latest view, or None before the first. A damaged file counts as none."""
    try:
        arrays, meta = _read(folder)
        read = {"predictions": _as_predictions, "plane": _as_plane, "line": _as_line, "text": _as_writing}
        return read[meta["kind"]](arrays, meta)
    except _NONE:
        return None


def read_unit_maps(folder: Path) -> tuple[ImageGrid, ...]:
    """What each hidden unit answers over the plane, layer by layer; empty where the data are no plane.

    Row 0 of a map is at the plane's upper end. A damaged file counts as none.
    """
    try:
        arrays, _meta = _read(folder)
        named = sorted((*name.split("/")[1:], name) for name in arrays if name.startswith(f"{UNITS}/"))
        return tuple(ImageGrid(layer, arrays[name].astype(np.float32), signed=True, axis="unit")
                     for _place, layer, name in named)
    except _NONE:
        return ()


def _read(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The file's arrays, and what stands in its head. Raises one of _NONE."""
    content = read_atomic(folder / FILE_NAME)
    return load(content), json.loads(_head(content)["__metadata__"]["meta"])


def _head(content: bytes) -> dict[str, Any]:
    """The JSON that a safetensors file begins with: its length in 8 bytes, then itself."""
    return json.loads(content[8:8 + int.from_bytes(content[:8], "little")])


def _as_predictions(arrays: dict[str, np.ndarray], meta: dict) -> Predictions:
    columns = (arrays[name] for name in ("inputs", "targets", "probabilities"))
    entries = tuple(Prediction(picture_of(image), int(target), probabilities)
                    for image, target, probabilities in zip(*columns, strict=True))
    return Predictions("Samples it has not learned from", entries, tuple(meta["class_names"]))


def picture_of(values: np.ndarray) -> np.ndarray:
    """(channel, height, width) as an image: (height, width), or (height, width, 3)."""
    if values.ndim != 3:
        return values.reshape(1, -1)
    return values[0] if len(values) == 1 else np.moveaxis(values, 0, -1)


def _as_plane(arrays: dict[str, np.ndarray], meta: dict) -> Field2D:
    names = meta["feature_names"] or ["x1", "x2"]
    samples = Scatter("", arrays["inputs"][:, 0], arrays["inputs"][:, 1], names[0], names[1],
                      arrays["targets"], tuple(meta["class_names"]))
    return Field2D("Decision boundary", arrays["x"], arrays["y"], arrays["probabilities"], samples)


def _as_line(arrays: dict[str, np.ndarray], meta: dict) -> FittedLine:
    targets = arrays["targets"].reshape(-1)
    if "x" in arrays:
        name = (meta["feature_names"] or ["x"])[0]
        samples = Scatter("", arrays["inputs"][:, 0], targets, name, "target")
        return FittedLine("Fitted line", samples, Curve("prediction", arrays["x"], arrays["predicted"], "validation"))
    ends = np.array([targets.min(), targets.max()])
    samples = Scatter("", targets, arrays["predicted"], "true value", "predicted value")
    return FittedLine("Predicted against true", samples, Curve("perfect", ends, ends, "validation"))


def _as_writing(arrays: dict[str, np.ndarray], meta: dict) -> Writing:
    prompt, written = ("".join(meta["class_names"][token] for token in arrays[name]) for name in ("prompt", "written"))
    return Writing("What it writes", prompt, written)
