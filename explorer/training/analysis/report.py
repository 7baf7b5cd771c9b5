"""What a run's network gets right and wrong: a count of every mistake, the worst of them, and how sure it may be."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from explorer import data
from explorer.data import Samples
from explorer.hooks import in_mode
from explorer.recipe import SAYS_A_CLASS, Recipe
from explorer.results import Calibration, Mistakes, Report, name_classes, share_of
from explorer.training.loop.model import draw_model
from explorer.training.loop.parts import load_parts
from explorer.training.loop.task import class_probabilities
from explorer.training.records.checkpoints import DamagedFrame, load_frame, written_ns
from explorer.training.runs.store import Run

WORST_SHOWN = 12
BINS = 10
_BATCH, _BATCH_VALUES = 1024, 2**22  # samples in a batch, fewer where one sample has many values


def can_report(recipe: Recipe) -> bool:
    """Whether there are classes to be right or wrong about."""
    return recipe.task in SAYS_A_CLASS


def report_of(run: Run, step: int, part: str = "validation") -> Report | None:
    """With the weights kept at a step, on a part; on the training part where none is held out for validation.

    None for a regression, for an empty part, and for weights that give numbers that are not finite. Made once for a
    run, step and part. Raises DamagedFrame, DocumentError, data.DataMissing, data.Misfit, BadValue or UnknownName.
    """
    return _remembered(run, step, written_ns(run.frames_folder, step), part)


@lru_cache(maxsize=32)
def _remembered(run: Run, step: int, _written_ns: int, part: str) -> Report | None:
    recipe = run.recipe
    if not can_report(recipe):
        return None
    part, samples = _samples_of(recipe, part)
    model = draw_model(recipe)
    try:
        model.load_state_dict(load_frame(run.frames_folder, step))
    except RuntimeError as error:
        raise DamagedFrame(f"the weights of step {step} do not fit the network: {error}") from error
    probabilities = _probabilities(model, samples.inputs, recipe.task) if len(samples) else np.full((1, 1), np.nan)
    if not np.isfinite(probabilities).all():
        return None
    return compute_report(part, step, samples, probabilities)


def _samples_of(recipe: Recipe, part: str) -> tuple[str, Samples]:
    parts = load_parts(recipe)
    if part == "validation" and len(parts.validation) == 0:
        part = "train"
    return part, getattr(parts, part)


@torch.no_grad()
def _probabilities(model: nn.Module, inputs: Tensor, task: str) -> np.ndarray:
    """(sample, class) float64."""
    size = max(1, min(_BATCH, _BATCH_VALUES // inputs[0].numel()))
    with in_mode(model, training=False):
        outputs = [model(data.to_float(batch)) for batch in inputs.split(size)]
    return class_probabilities(torch.cat(outputs).double(), task).numpy()


def compute_report(part: str, step: int, samples: Samples, probabilities: np.ndarray) -> Report:
    """probabilities: (sample, class), all finite."""
    targets, said = samples.targets.numpy().astype(np.int64), probabilities.argmax(1)
    classes = probabilities.shape[1]
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (targets, said), 1)
    confidence = probabilities.max(1)
    return Report(part, step, name_classes(samples.class_names, classes), confusion,
                  _mistakes(samples, targets, said, confidence), compute_calibration(confidence, said == targets))


def _mistakes(samples: Samples, targets: np.ndarray, said: np.ndarray, confidence: np.ndarray) -> Mistakes:
    wrong = np.flatnonzero(said != targets)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:WORST_SHOWN]
    inputs = data.to_float(samples.inputs[torch.from_numpy(worst)]).numpy()
    return Mistakes(worst, targets[worst], said[worst], confidence[worst], inputs)


def compute_calibration(confidence: np.ndarray, right: np.ndarray) -> Calibration:
    """confidence: (sample,) in 0..1; right: (sample,) of bool."""
    inner_edges = np.linspace(0, 1, BINS + 1)[1:-1]
    bins = np.digitize(confidence, inner_edges, right=True)
    count = np.bincount(bins, minlength=BINS)
    sums = (np.bincount(bins, weights, BINS) for weights in (confidence, right))
    return Calibration(*(share_of(total, count) for total in sums), count)
