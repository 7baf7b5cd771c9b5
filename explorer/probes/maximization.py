"""Activation maximization: an input made to excite a unit, beside the largest value that the test samples give."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.formatting import format_character, format_number
from explorer.hooks import as_taken
from explorer.network import analyze
from explorer.probes.ascent import Bounds, Climbed, climb_pictures, climb_rows
from explorer.probes.chosen_unit import Unit, choose_unit
from explorer.probes.probe import ON_REQUEST, UNIT, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.reading_windows import windows_for
from explorer.probes.subject import Subject
from explorer.probes.token_search import search_tokens, vocabulary_of
from explorer.probes.tracing import entry_of, no_gradient, run_to
from explorer.probes.unit_names import axis_of_kin, feature_names, picture_shape
from explorer.results import Bars, Curve, Curves, Heatmap, Picture, Pictures, Quantities, Reference, Writing, as_picture
from explorer.spec import Choice, Number
from explorer.text import text

_STARTS_PICTURE, _STARTS_ROW, _SWEEPS, _MOST_TOKENS = 4, 16, 3, 24
_REFERENCES, _FEWEST, _MULTIPLY_ADDS = 512, 16, 2e10  # samples to compare with, as many as this much work allows
_COSTLY = 2e7  # multiply-adds of a network with which one picture has to do
_CHUNK = 64


@dataclass(frozen=True)
class Compared:
    """The test samples to compare with: their range, and the largest value of the objective among `count` of them."""

    bounds: Bounds
    largest: float
    count: int


def compute_maximization(
    subject: Subject, node: str, unit: Unit | None = None, objective: str = "unit", steps: int = 256,
) -> tuple:
    """Find an input that excites a unit, or the mean of its map, as much as possible.

    Pictures by gradient ascent on their spectrum, shaken at every step, kept smooth and near the mean picture; rows of
    numbers by gradient ascent within the range of the data; texts by trying every character at every place that the
    unit reads. The recipe's seed decides the starts. Gives the input, the value at every step beside the largest of the
    test samples, and both values. Raises UnknownNode; BadValue for a unit that the output lacks;
    NotApplicable where it has no gradient. Source: Olah, Mordvintsev & Schubert 2017, Feature Visualization, Distill.
    """
    unit = choose_unit(node, subject.activations([node])[node][0], unit)
    measure = _objective(subject, node, unit, objective)
    sample = as_taken(subject.model, subject.batch[:1])[0]
    if not sample.is_floating_point():
        return _of_text(subject, node, unit, measure)
    found, pictured = _read_samples(subject, measure), picture_shape(subject)
    seed = subject.recipe.seed if subject.recipe else 0
    if pictured:
        box = _box_read(subject, node, unit) if objective == "unit" else ()
        weight = max(abs(found.largest), 1e-6) / _share(box, pictured[1:])
        starts = _STARTS_PICTURE if _cost(subject) < _COSTLY else 1
        climbed = climb_pictures(measure, pictured, found.bounds, weight, steps, starts, seed,
                                 subject.report)
        return _draw_pictures(climbed, box), *_compared(climbed, found)
    climbed = climb_rows(measure, tuple(sample.shape), found.bounds, steps, _STARTS_ROW, seed, subject.report)
    return _draw_row(subject, climbed), *_compared(climbed, found)


def _objective(subject: Subject, node: str, unit: Unit, objective: str) -> Callable[[Tensor], Tensor]:
    axis = axis_of_kin(subject, node, unit)

    def measure(inputs: Tensor) -> Tensor:
        taken = as_taken(subject.model, inputs.reshape(len(inputs), *subject.batch.shape[1:]))
        outputs = run_to(subject.model, node, taken)
        if taken.requires_grad and not outputs.requires_grad:
            raise no_gradient(node)
        if objective == "unit" or len(unit) < 2:
            return outputs[(slice(None), *unit)].float()
        return outputs.select(axis + 1, unit[axis]).float().flatten(1).mean(1)
    return measure


def _read_samples(subject: Subject, measure: Callable[[Tensor], Tensor]) -> Compared:
    inputs = _references(subject)
    with torch.no_grad():
        largest = max(float(measure(part).max()) for part in inputs.split(_CHUNK))
    taken = as_taken(subject.model, inputs).float().cpu()
    taken = taken.reshape(len(taken), *(picture_shape(subject) or taken.shape[1:]))
    low, high = (taken.amin(0), taken.amax(0)) if taken.dim() != 4 else (taken.min(), taken.max())
    if taken.dim() == 4 and low >= 0 and high <= 1:
        low, high = torch.zeros(()), torch.ones(())
    flat = (high - low < 1e-6) & (subject.samples is None)  # a single input has no range
    return Compared(Bounds(torch.where(flat, low - 1, low), torch.where(flat, high + 1, high), taken.mean(0)), largest,
                 len(inputs))


def _references(subject: Subject) -> Tensor:
    """Return samples spread evenly over the test set, else the subject's batch."""
    if subject.samples is None:
        return subject.batch
    count = min(len(subject.samples), int(min(_REFERENCES, max(_FEWEST, _MULTIPLY_ADDS // _cost(subject)))))
    return subject.samples.inputs([place * len(subject.samples) // count for place in range(count)])


def _cost(subject: Subject) -> int:
    """Return the multiply-adds of one sample; 1 where they are not known."""
    return max(1, analyze(subject.recipe.network).total_multiply_adds) if subject.recipe else 1


def _box_read(subject: Subject, node: str, unit: Unit) -> tuple[int, ...]:
    """Return (top, left, bottom, right) of the pixels that the unit depends on; () for all of them."""
    window = windows_for(subject, node, unit).get(entry_of(subject.model))
    box = (*window[0][1:], *window[1][1:]) if window and len(window[0]) == 3 else ()
    return () if box == (0, 0, *subject.batch.shape[2:]) else box


def _share(box: tuple[int, ...], shape: tuple[int, ...]) -> float:
    """Return the part of the picture's side that a box has: penalties are means over all of the picture."""
    return math.sqrt((box[2] - box[0]) * (box[3] - box[1]) / (shape[0] * shape[1])) if box else 1.0


def _draw_pictures(climbed: Climbed, box: tuple[int, ...]) -> Pictures:
    low, high = float(climbed.inputs.min()), float(climbed.inputs.max())
    shown = climbed.inputs if low >= 0 and high <= 1 else (climbed.inputs - low) / max(high - low, 1e-6)
    return Pictures(text("Pictures that excite the unit"), tuple(
        Picture(as_picture(picture.cpu().numpy()), format_number(float(value)), box)
        for picture, value in zip(shown, climbed.values, strict=True)))


def _draw_row(subject: Subject, climbed: Climbed) -> Bars | Heatmap:
    best, title = climbed.inputs[0].cpu(), text("The input that excites the unit most")
    if best.dim() > 1:
        return Heatmap(title, best.flatten(0, -2).numpy(), "token", "feature", signed=bool((best < 0).any()))
    return Bars(title, feature_names(subject, len(best)), best.numpy(), axis="value", signed=bool((best < 0).any()))


def _compared(climbed: Climbed, found: Compared) -> tuple[Curves, Quantities]:
    reference = Reference(text("largest of {count} test samples", count=found.count), found.largest)
    steps = np.arange(1, len(climbed.curve) + 1, dtype=np.float32)
    curves = Curves(text("Value while the input is changed"), (Curve("value", steps, climbed.curve),), "step", "value",
                    references=(reference,))
    return curves, Quantities("Value", ("reached", "largest of the samples"),
                              np.array([climbed.values[0], found.largest], np.float32))


def _of_text(
    subject: Subject, node: str, unit: Unit, measure: Callable[[Tensor], Tensor],
) -> tuple[Writing, Curves, Quantities]:
    """Search the text that excites a unit, at the last 24 places at most that the unit reads."""
    start, stop = windows_for(subject, node, unit).get(
        entry_of(subject.model), ((0,), (subject.batch.shape[1],)))
    places = list(range(stop[0] - 1, max(start[0], stop[0] - _MOST_TOKENS) - 1, -1))
    with torch.no_grad():
        spelled = search_tokens(lambda texts: measure(texts).cpu(), subject.batch[0].cpu(), places,
                                vocabulary_of(subject.model, subject.class_names), _SWEEPS, subject.report)
        samples = _references(subject)
        largest = max(float(measure(part).max()) for part in samples.split(_CHUNK))
    names = [subject.class_names[token] if token < len(subject.class_names) else f"{token} "
             for token in spelled.tokens[places[-1]:places[0] + 1].tolist()]
    climbed = Climbed(spelled.tokens[None], np.array([spelled.value], np.float32), spelled.curve)
    written = Writing("The text that excites the unit most", "", "".join(map(format_character, names)))
    return written, *_compared(climbed, Compared(Bounds(*torch.zeros(3)), largest, len(samples)))


MAXIMIZATION = ProbeSpec(
    name="maximization", title="Activation maximization",
    summary="An input made to excite the unit: changed step by step along the gradient, and kept smooth.",
    source="Olah et al. 2017; Mahendran & Vedaldi 2016", compute=compute_maximization,
    returns=(Pictures, Bars, Heatmap, Writing, Curves, Quantities), place=UNIT,
    params=(NodeParam("node", "Layer"), UnitParam("unit", "Unit"),
            Choice("objective", "Maximized", "unit", ("unit", "map"), ("the unit", "the mean of its map"),
                   "The mean of a map, or of a feature over all tokens, gives a texture in place of a single form."),
            Number("steps", "Steps", 256, low=16, high=2048, integer=True, help="Of gradient ascent.")),
    cost=ON_REQUEST, reads_input=False, term="gradient",
)
