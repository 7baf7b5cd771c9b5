"""A unit over training: its value for this input with the weights of every step that were kept."""

from __future__ import annotations

import numpy as np

from explorer.probes.chosen_unit import Unit, choose_unit, format_unit
from explorer.probes.kept_steps import Weights, output_at, steps_within_budget, weights_of
from explorer.probes.probe import LIVE, UNIT, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.subject import Subject
from explorer.results import Curve, Curves
from explorer.text import text

_MOST = 120  # steps


def compute_unit_history(subject: Subject, node: str, unit: Unit | None = None) -> Curves:
    """Compute a unit's value for this input at the steps of training whose weights were kept: (step,).

    Of many steps a part is read, evenly, with the first, the last and this one. A second input has a curve of its own.
    Other weights are passed to the model for one call each, so that its own stay as they are. A step that is damaged
    is left out. Raises UnknownNode; BadValue for a unit that the output lacks.
    Source: the run's own checkpoints.
    """
    unit = choose_unit(node, subject.activations([node])[node][0], unit)
    inputs = [subject.batch[:1]] + ([] if subject.against is None else [subject.against[:1]])

    def read(weights: Weights) -> list[float]:
        return [float(output_at(subject, node, each, weights)[(0, *unit)]) for each in inputs]

    now = read(None)
    steps = steps_within_budget(subject, _MOST)
    known: dict[int, list[float]] = {}
    for step, weights in weights_of(subject, steps):
        known[step] = now if weights is None else read(weights)
        subject.report((steps.index(step) + 1) / len(steps))
    return _as_curves(subject, node, unit, known or {subject.step or 0: now}, now)


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
