"""Computes what a run shows of itself while it learns: predictions, the plane, the fitted line, or what it writes."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

from explorer import data
from explorer.data import Dataset
from explorer.files.atomic import write_atomic
from explorer.hooks import in_mode
from explorer.training.analysis.live_view import FILE_NAME, UNITS
from explorer.training.analysis.unit_maps import unit_maps
from explorer.training.analysis.writing import write_on
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import Parts
from explorer.training.loop.task import class_probabilities

SAMPLES_SHOWN = 12
_POINTS_SHOWN = 500
_GRID = 60
_PROMPT, _WRITTEN, TEMPERATURE = 16, 200, 0.8  # characters; for the temperature see `write_on`
_COST_SHARE = 20  # a view is made no more often than after this many times what the last one took


class LiveViewWriter:
    """Writes the view that fits the data: predictions for images, the plane for two features, a line for regression,
    a text for texts."""

    def __init__(self, folder: Path, dataset: Dataset, parts: Parts) -> None:
        self._path = folder / FILE_NAME
        shown = parts.validation if len(parts.validation) else parts.train
        self._dataset = dataset
        self._made_s, self._cost_s = -math.inf, 0.0
        if dataset.is_text:
            self._kind, count = "text", 1
        elif dataset.task == "regression":
            self._kind, count = "line", _POINTS_SHOWN
        elif dataset.shape == (2,) and parts.train.inputs.dim() == 2:
            self._kind, count, shown = "plane", _POINTS_SHOWN, parts.train
        else:
            self._kind, count = "predictions", SAMPLES_SHOWN
        self._samples = shown.take(slice(0, count))

    def write(self, trainer: Trainer, at_last: bool = False) -> None:
        """The view as the network stands now; not yet again where making it costs too much, but `at_last` always.

        Raises OSError.
        """
        started_s = time.perf_counter()
        if not at_last and started_s - self._made_s < _COST_SHARE * self._cost_s:
            return
        self._write(trainer)
        self._made_s = time.perf_counter()
        self._cost_s = self._made_s - started_s

    def _write(self, trainer: Trainer) -> None:
        with torch.no_grad(), in_mode(trainer.shown, training=False):
            arrays = {"predictions": self._predictions, "plane": self._plane, "line": self._line,
                      "text": self._text}[self._kind](trainer)
        meta = {"kind": self._kind, "step": trainer.step, "class_names": list(self._samples.class_names),
                "feature_names": list(self._dataset.feature_names)}
        content = save({name: np.ascontiguousarray(a) for name, a in arrays.items()}, {"meta": json.dumps(meta)})
        write_atomic(self._path, content)

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


    def _text(self, trainer: Trainer) -> dict[str, np.ndarray]:
        """A piece of the held-out text begun, and how the network goes on."""
        piece = self._samples.inputs[0].tolist()
        prompt = piece[:_PROMPT]
        written = write_on(trainer.shown, prompt, _WRITTEN, len(piece), TEMPERATURE, trainer.recipe.seed)
        return {"prompt": np.array(prompt), "written": np.array(written)}


def _axis(values: torch.Tensor, steps: int = _GRID) -> torch.Tensor:
    """Equal steps over the values' range and a tenth beyond it."""
    low, high = values.min().item(), values.max().item()
    margin = 0.1 * (high - low)
    return torch.linspace(low - margin, high + margin, steps)
