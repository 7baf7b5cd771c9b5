"""A unit over training: its value for this input with the weights of every step that were kept."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.hooks import as_taken
from explorer.probes.chosen_unit import Unit, choose_unit, format_unit
from explorer.probes.probe import LIVE, UNIT, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.subject import Subject
from explorer.probes.tracing import run_to
from explorer.results import Curve, Curves
from explorer.text import text

_MOST, _FEWEST, _WEIGHTS = 120, 8, 3e7  # steps, as many as can be read in so many weights


def compute_unit_history(subject: Subject, node: str, unit: Unit | None = None) -> Curves:
    """Compute a unit's value for this input at the steps of training whose weights were kept: (step,).

    Of many steps a part is read, evenly, with the first, the last and this one. A second input has a curve of its own.
    Other weights are passed to the model for one call each, so that its own stay as they are. A step that is damaged
    is left out. Raises UnknownNode; BadValue for a unit that the output lacks.
    Source: the run's own checkpoints.
    """
    unit = choose_unit(node, subject.activations([node])[node][0], unit)
    inputs = [subject.batch[:1]] + ([] if subject.against is None else [subject.against[:1]])
    now = [_value(subject, node, unit, each) for each in inputs]
    steps = steps_to_read(subject)
    known: dict[int, list[float]] = {}
    for done, step in enumerate(steps):
        if step == subject.step:
            known[step] = now
        else:
            _read(subject, node, unit, step, inputs, known)
        subject.report((done + 1) / len(steps))
    known = known or {subject.step or 0: now}
    return _as_curves(subject, node, unit, known, now)


def _read(
    subject: Subject, node: str, unit: Unit, step: int, inputs: list[Tensor], known: dict[int, list[float]],
) -> None:
    try:
        weights = subject.frames.load(step)
    except ValueError:
        return
    known[step] = [_value(subject, node, unit, each, weights) for each in inputs]


def _value(
    subject: Subject, node: str, unit: Unit, batch: Tensor, weights: dict[str, Tensor] | None = None,
) -> float:
    own = next(subject.model.parameters(), batch)
    moved = {name: each.to(own.device) for name, each in (weights or {}).items()}
    with torch.no_grad():
        return float(run_to(subject.model, node, as_taken(subject.model, batch), moved)[(0, *unit)])


def steps_to_read(subject: Subject) -> list[int]:
    """Choose the steps of training whose weights are read: all that were kept, of many a part, evenly."""
    steps = list(subject.frames.steps) if subject.frames is not None else []
    weights = sum(parameter.numel() for parameter in subject.model.parameters())
    most = int(min(_MOST, max(_FEWEST, _WEIGHTS // max(1, weights))))
    if len(steps) <= most:
        return steps
    places = np.unique(np.linspace(0, len(steps) - 1, most).round().astype(int))
    return sorted({steps[place] for place in places} | ({subject.step} & set(steps)))


def _as_curves(subject: Subject, node: str, unit: Unit, known: dict[int, list[float]], now: list[float]) -> Curves:
    steps = np.array(sorted(known), np.float64)
    values = np.array([known[int(step)] for step in steps], np.float32)  # (step, input)
    names = ("value",) if len(now) == 1 else ("first input", "second input")
    curves = [Curve(name, steps, values[:, place], "run", place=place) for place, name in enumerate(names)]
    if subject.step is not None and len(steps) > 1:
        here = np.array([subject.step], np.float64)
        curves.append(Curve("this step", here, np.array(now[:1], np.float32), "test"))
    note = None if len(steps) > 1 else text("No other weights were kept, so there is nothing to follow.")
    title = text("Unit {unit} of {node} over training", unit=format_unit(unit), node=node)
    return Curves(title, tuple(curves), "step", "value", note=note)


UNIT_HISTORY = ProbeSpec(
    name="unit_history", title="Value over training",
    summary="The unit's value for this input, at every step whose weights were kept.", source="the run's checkpoints",
    compute=compute_unit_history, returns=(Curves,), place=UNIT,
    params=(NodeParam("node", "Layer"), UnitParam("unit", "Unit")), cost=LIVE, term="checkpoint",
)
