"""Computes what a run shows of itself while it learns: predictions, the plane, or the fitted line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

from explorer import data
from explorer.data import Dataset
from explorer.taps import in_mode
from explorer.training.live import FILE_NAME, UNITS
from explorer.training.loop import Trainer
from explorer.training.parts import Parts
from explorer.training.task import class_probabilities
from explorer.training.unit_maps import unit_maps
from explorer.training.whole import write_whole

SAMPLES_SHOWN = 12
_POINTS_SHOWN = 500
_GRID = 60


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
        with torch.no_grad(), in_mode(trainer.shown, training=False):
            arrays = {"predictions": self._predictions, "plane": self._plane, "line": self._line}[self._kind](trainer)
        meta = {"kind": self._kind, "step": trainer.step, "class_names": list(self._samples.class_names),
                "feature_names": list(self._dataset.feature_names)}
        content = save({name: np.ascontiguousarray(a) for name, a in arrays.items()}, {"meta": json.dumps(meta)})
        write_whole(self._path, content)

    def _run(self, trainer: Trainer, inputs: torch.Tensor) -> torch.Tensor:
        return trainer.shown(data.to_float(inputs.to(trainer.device))).float().cpu()

    def _classes(self, trainer: Trainer, inputs: torch.Tensor) -> torch.Tensor:
        return class_probabilities(self._run(trainer, inputs), trainer.recipe.task)

    def _predictions(self, trainer: Trainer) -> dict[str, np.ndarray]:
        probabilities = self._classes(trainer, self._samples.inputs)
        return {"inputs": data.to_float(self._samples.inputs).numpy(), "targets": self._samples.targets.numpy(),
                "probabilities": probabilities.numpy()}

    def _plane(self, trainer: Trainer) -> dict[str, np.ndarray]:
        points = self._samples.inputs
        x, y = (_axis(points[:, i]) for i in range(2))
        grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)  # (y, x, 2)
        probabilities = self._classes(trainer, grid.reshape(-1, 2))
        maps = unit_maps(trainer.shown, x, y)
        return {**{f"{UNITS}/{place}/{layer}": values for place, (layer, values) in enumerate(maps.items())},
                "x": x.numpy(), "y": y.numpy(), "probabilities": probabilities.reshape(*grid.shape[:2], -1).numpy(),
                "inputs": points.numpy(), "targets": self._samples.targets.numpy()}

    def _line(self, trainer: Trainer) -> dict[str, np.ndarray]:
        inputs, targets = self._samples.inputs, self._samples.targets
        arrays = {"inputs": inputs.numpy(), "targets": targets.numpy()}
        if self._dataset.shape == (1,):
            x = _axis(inputs[:, 0], steps=200)
            return {**arrays, "x": x.numpy(), "predicted": self._run(trainer, x[:, None])[:, 0].numpy()}
        return {**arrays, "predicted": self._run(trainer, inputs)[:, 0].numpy()}


def _axis(values: torch.Tensor, steps: int = _GRID) -> torch.Tensor:
    """Equal steps over the values' range and a tenth beyond it."""
    low, high = values.min().item(), values.max().item()
    margin = 0.1 * (high - low)
    return torch.linspace(low - margin, high + margin, steps)
