"""Report on a classifier: a count of every mistake, the worst of them, and its calibration."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import nn

from explorer import data, tasks
from explorer.data import Samples
from explorer.hooks import predictor
from explorer.recipe import Recipe
from explorer.results import Calibration, Mistakes, Probabilities, Report, share_of
from explorer.training.loop.model import draw_model
from explorer.training.loop.parts import load_parts
from explorer.training.records.checkpoints import DamagedFrame, load_frame, written_ns
from explorer.training.runs.store import Run

WORST_SHOWN = 12
BINS = 10
_BATCH, _BATCH_VALUES = 1024, 2**22  # samples in a batch, fewer where one sample has many values


def can_report(recipe: Recipe) -> bool:
    """Return whether the task's answer is a class, which is right or wrong."""
    return tasks.of(recipe).answers is Probabilities


def report_of(run: Run, step: int, part: str = "validation") -> Report | None:
    """Report on the weights kept at a step, over a part; over the training part where none is held out for validation.

    None for a task whose answer is no class, for an empty part, and for outputs that are not finite. Made once for a
    run, step and part. Raises DamagedFrame, DocumentError, data.DataMissing, data.Misfit, BadValue, UnknownName
    or tasks.WrongAnswer.
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
    if not len(samples):
        return None
    answer = _answer(model, samples, recipe)
    return compute_report(part, step, samples, answer) if np.isfinite(answer.values).all() else None


def _samples_of(recipe: Recipe, part: str) -> tuple[str, Samples]:
    parts = load_parts(recipe)
    if part == "validation" and len(parts.validation) == 0:
        part = "train"
    return part, getattr(parts, part)


def _answer(model: nn.Module, samples: Samples, recipe: Recipe) -> Probabilities:
    """Compute the probabilities of all samples in double precision."""
    predict, size = predictor(model), max(1, min(_BATCH, _BATCH_VALUES // samples.inputs[0].numel()))
    outputs = [predict(data.to_float(batch)) for batch in samples.inputs.split(size)]
    return tasks.answer(recipe, torch.cat(outputs).cpu().double(), samples.class_names)


def compute_report(part: str, step: int, samples: Samples, answer: Probabilities) -> Report:
    """Count the mistakes in an answer whose probabilities are all finite."""
    targets, predicted = samples.targets.numpy().astype(np.int64), answer.predicted
    return Report(part, step, answer.names, answer.confusion(targets),
                  _mistakes(samples, targets, predicted, answer.confidence),
                  compute_calibration(answer.confidence, predicted == targets))


def _mistakes(samples: Samples, targets: np.ndarray, predicted: np.ndarray, confidence: np.ndarray) -> Mistakes:
    wrong = np.flatnonzero(predicted != targets)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:WORST_SHOWN]
    inputs = data.to_float(samples.inputs[torch.from_numpy(worst)]).numpy()
    return Mistakes(worst, targets[worst], predicted[worst], confidence[worst], inputs)


def compute_calibration(confidence: np.ndarray, right: np.ndarray) -> Calibration:
    """Bin samples by confidence. confidence: (sample,) in 0..1; right: (sample,) of bool."""
    inner_edges = np.linspace(0, 1, BINS + 1)[1:-1]
    bins = np.digitize(confidence, inner_edges, right=True)
    count = np.bincount(bins, minlength=BINS)
    sums = (np.bincount(bins, weights, BINS) for weights in (confidence, right))
    return Calibration(*(share_of(total, count) for total in sums), count)
