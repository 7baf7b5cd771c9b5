"""Histograms of a layer's weights, outputs or gradients at every step that was kept, on the same edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from explorer import network
from explorer.attribution.rnn_gradients import without_cudnn
from explorer.hooks import as_taken, in_mode, tensors_in
from explorer.probes.kept_steps import (
    Weights,
    name_of_weights,
    note_of_edits,
    output_at,
    recorded_at,
    steps_within_budget,
    weights_of,
)
from explorer.probes.objective import objective_of
from explorer.probes.probe import FOLLOWED, TIME, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import HistogramSeries
from explorer.spec import Choice, Number
from explorer.text import Text, text

WEIGHTS, OUTPUTS, GRADIENTS = "weights", "outputs", "gradients"
INPUT, TEST = "input", "test"
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_BINS, _MOST_STEPS, _MOST_COUNTED, _SAMPLES = 40, 60, 65_521, 64
_MULTIPLY_ADDS, _FEWEST = 6e9, 4  # of all passes, and steps of the slowest network

_TITLES = {WEIGHTS: "Weights of {node}", OUTPUTS: "Outputs of {node}", GRADIENTS: "Gradients of the weights of {node}"}
_Read = Callable[[Weights], tuple[Tensor, Text | None]]


def compute_value_histograms(subject: Subject, node: str, what: str = OUTPUTS, over: str = INPUT,
                             most: int = _MOST_STEPS) -> HistogramSeries:
    """Count a layer's weights, its outputs, or the loss's gradients of its weights in 40 equal bins, at kept steps.

    over: this input, or the first 64 test samples. most: steps; fewer are read of a large network, always with the
    first, the last and this one. The edges go from the smallest to the largest finite value of all of them. Of more
    than 65,521 values at a step every so many are counted. A step that is damaged is left out and named. Raises
    UnknownNode; NotApplicable for a node without output or weights. Where no target is known the prediction takes its
    place, and `note` explains that.
    Source: the run's own checkpoints.
    """
    read = _reader(subject, node, what, over)
    steps = steps_within_budget(subject, min(most, _most_steps(subject, what, over)))
    found, total, note = {}, 0, None
    for step, weights in weights_of(subject, steps):
        values, note = read(weights)
        values = values.detach().float().cpu().flatten()
        total = len(values)
        found[step] = values[::-(-total // _MOST_COUNTED) or 1].numpy()
    epoch, loss = recorded_at(subject, list(found))
    finite = [values[np.isfinite(values)].astype(np.float64) for values in found.values()]
    edges = _edges(finite)
    return HistogramSeries(
        text(_TITLES[what], node=node), node, what, np.array(list(found), np.int32), edges,
        np.array([np.histogram(values, edges)[0] for values in finite], np.int32).reshape(len(found), _BINS),
        np.array([values.mean() if len(values) else np.nan for values in finite]),
        np.array([values.std() if len(values) else np.nan for values in finite]), SHARES,
        np.array([np.quantile(values, SHARES) if len(values) else np.full(len(SHARES), np.nan)
                  for values in finite]).reshape(len(found), len(SHARES)),
        np.array([len(every) - len(values) for every, values in zip(found.values(), finite, strict=True)], np.int32),
        len(next(iter(found.values()), ())), total, epoch, loss, tuple(step for step in steps if step not in found),
        _join(note, note_of_edits(subject)))


def _most_steps(subject: Subject, what: str, over: str) -> int:
    """Return how many steps are worth their passes: weights need none, gradients a pass back as well."""
    if what == WEIGHTS or subject.recipe is None:
        return _MOST_STEPS
    one = network.analyze(subject.recipe.network).total_multiply_adds * (_SAMPLES if over == TEST else 1)
    return int(max(_FEWEST, _MULTIPLY_ADDS // max(1, one * (3 if what == GRADIENTS else 1))))


def _edges(found: list[np.ndarray]) -> np.ndarray:
    """Return equal bins over all finite values; one value alone is in the middle."""
    values = np.concatenate([*found, np.zeros(0)])
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if low == high:
        room = abs(low) / 2 or 0.5
        low, high = low - room, high + room
    return np.linspace(low, high, _BINS + 1)


def _join(*notes: Text | None) -> Text | None:
    said = [note for note in notes if note is not None]
    return text("{first} {second}", first=said[0], second=said[1]) if len(said) == 2 else next(iter(said), None)


def _reader(subject: Subject, node: str, what: str, over: str) -> _Read:
    """Return how the values are read with some weights, and what should be known of them."""
    if what == OUTPUTS:
        batch, _targets = _batch(subject, over)
        return lambda weights: (output_at(subject, node, batch, weights), None)
    name = name_of_weights(subject.module_at(node))
    if name is None:
        raise NotApplicable(text("{node} has no weights. Choose a layer that has some, or look at its outputs.",
                                 node=node))
    key = f"{node}.{name}"
    own = dict(subject.model.named_parameters())[key]
    if what == WEIGHTS:
        return lambda weights: (own if weights is None else weights[key], None)
    batch, targets = _batch(subject, over)
    return lambda weights: _gradient(subject, batch, targets, key, own, weights)


def _batch(subject: Subject, over: str) -> tuple[Tensor, Tensor | None]:
    if over == INPUT:
        return subject.batch[:1], subject.target
    if subject.samples is None:
        raise NotApplicable(text("No test samples are known here. Look at this input."))
    places = slice(0, min(_SAMPLES, len(subject.samples)))
    return subject.samples.inputs(places), subject.samples.targets(places)


def _gradient(subject: Subject, batch: Tensor, targets: Tensor | None, key: str, own: Tensor,
              weights: Weights) -> tuple[Tensor, Text | None]:
    """Compute the loss's gradient with respect to one parameter, in evaluation mode; zeros where the loss has none."""
    model = subject.model
    moved = {name: each.to(own.device) for name, each in (weights or {}).items()}
    leaf = moved.get(key, own).detach().clone().requires_grad_()
    with in_mode(model, training=False), torch.enable_grad(), without_cudnn(model):
        outputs = next(tensors_in(functional_call(model, {**moved, key: leaf}, (as_taken(model, batch).clone(),))))
        objective = objective_of(subject, outputs, targets)
    (found,) = torch.autograd.grad(objective.values.mean(), leaf, allow_unused=True)
    return torch.zeros_like(leaf) if found is None else found, objective.note


VALUE_HISTOGRAMS = ProbeSpec(
    name="value_histograms", title="Distributions over training",
    summary="How a layer's weights, outputs or gradients are distributed, at every step that was kept.",
    source="the run's checkpoints", compute=compute_value_histograms, returns=(HistogramSeries,), place=TIME,
    params=(NodeParam("node", "Layer"),
            Choice("what", "Values", OUTPUTS, (WEIGHTS, OUTPUTS, GRADIENTS), ("weights", "outputs", "gradients")),
            Choice("over", "Of", INPUT, (INPUT, TEST), ("this input", "64 test samples")),
            Number("most", "Most steps", _MOST_STEPS, low=2, high=_MOST_STEPS, integer=True)),
    cost=FOLLOWED, term="histogram",
)
