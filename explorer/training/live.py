"""What a run shows of itself while it learns: predictions on a few samples, or the function it has learned so far.

The worker computes it, so that the page needs neither torch nor the weights; one small file, replaced as a whole.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from explorer import data
from explorer.data import Dataset
from explorer.results import Curve, Field2D, FittedLine, Prediction, Predictions, Scatter
from explorer.taps import in_mode
from explorer.training.loop import Trainer
from explorer.training.parts import Parts

SAMPLES_SHOWN = 12
_POINTS_SHOWN = 500
_GRID = 60
FILE_NAME = "live.safetensors"

LiveView = Predictions | Field2D | FittedLine


class LiveViewWriter:
    """Writes the view that fits the data: predictions for images, the plane for two features, a line for regression."""

    def __init__(self, folder: Path, dataset: Dataset, parts: Parts) -> None:
        self._path = folder / FILE_NAME
        shown = parts.validation if len(parts.validation) else parts.train
        self._dataset = dataset
        if dataset.task == "regression":
            self._kind, count = "line", _POINTS_SHOWN
        elif dataset.shape == (2,) and parts.train.inputs.dim() == 2:
            self._kind, count, shown = "plane", _POINTS_SHOWN, parts.train
        else:
            self._kind, count = "predictions", SAMPLES_SHOWN
        self._samples = shown.take(slice(0, count))

    def write(self, trainer: Trainer) -> None:
        """The view as the network stands now. Raises OSError."""
        with torch.no_grad(), in_mode(trainer.model, training=False):
            arrays = {"predictions": self._predictions, "plane": self._plane, "line": self._line}[self._kind](trainer)
        meta = {"kind": self._kind, "step": trainer.step, "class_names": list(self._samples.class_names),
                "feature_names": list(self._dataset.feature_names)}
        _replace(self._path, arrays, meta)

    def _run(self, trainer: Trainer, inputs: torch.Tensor) -> torch.Tensor:
        return trainer.model(data.to_float(inputs.to(trainer.device))).float().cpu()

    def _predictions(self, trainer: Trainer) -> dict[str, np.ndarray]:
        probabilities = self._run(trainer, self._samples.inputs).softmax(1)
        return {"inputs": data.to_float(self._samples.inputs).numpy(), "targets": self._samples.targets.numpy(),
                "probabilities": probabilities.numpy()}

    def _plane(self, trainer: Trainer) -> dict[str, np.ndarray]:
        points = self._samples.inputs
        x, y = (_axis(points[:, i]) for i in range(2))
        grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)  # (y, x, 2)
        probabilities = self._run(trainer, grid.reshape(-1, 2)).softmax(1)
        return {"x": x.numpy(), "y": y.numpy(), "probabilities": probabilities.reshape(*grid.shape[:2], -1).numpy(),
                "inputs": points.numpy(), "targets": self._samples.targets.numpy()}

    def _line(self, trainer: Trainer) -> dict[str, np.ndarray]:
        inputs, targets = self._samples.inputs, self._samples.targets
        arrays = {"inputs": inputs.numpy(), "targets": targets.numpy()}
        if self._dataset.shape == (1,):
            x = _axis(inputs[:, 0], steps=200)
            return {**arrays, "x": x.numpy(), "predicted": self._run(trainer, x[:, None])[:, 0].numpy()}
        return {**arrays, "predicted": self._run(trainer, inputs)[:, 0].numpy()}


def read_live_view(folder: Path) -> LiveView | None:
    """The latest view, or None before the first. Torch-free in what it reads; a damaged file counts as none."""
    try:
        with safe_open(folder / FILE_NAME, "np") as opened:
            meta = json.loads(opened.metadata()["meta"])
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}
    except (OSError, SafetensorError):
        return None
    return {"predictions": _as_predictions, "plane": _as_plane, "line": _as_line}[meta["kind"]](arrays, meta)


def _as_predictions(arrays: dict[str, np.ndarray], meta: dict) -> Predictions:
    entries = tuple(
        Prediction(_picture(image), int(target), probabilities)
        for image, target, probabilities in zip(arrays["inputs"], arrays["targets"], arrays["probabilities"], strict=True))
    return Predictions("Samples it has not learned from", entries, tuple(meta["class_names"]))


def _picture(values: np.ndarray) -> np.ndarray:
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


def _axis(values: torch.Tensor, steps: int = _GRID) -> torch.Tensor:
    """Equal steps over the values' range and a tenth beyond it."""
    low, high = values.min().item(), values.max().item()
    margin = 0.1 * (high - low)
    return torch.linspace(low - margin, high + margin, steps)


def _replace(path: Path, arrays: dict[str, np.ndarray], meta: dict) -> None:
    temporary = path.with_suffix(".writing")
    try:
        save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, temporary, {"meta": json.dumps(meta)})
    except SafetensorError as error:  # how safetensors reports a full disk
        raise OSError(str(error)) from error
    os.replace(temporary, path)


