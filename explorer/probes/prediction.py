"""Prediction: the number that a regression gives."""

from __future__ import annotations

from explorer import tasks
from explorer.network import Analysis
from explorer.probes.probe import ANSWER, FOLLOWED, ProbeSpec
from explorer.probes.subject import Subject
from explorer.recipe import Recipe
from explorer.results import Quantities, Value
from explorer.text import Text, text


def compute_prediction(subject: Subject) -> Quantities:
    """Read the predicted numbers for the batch's first sample: (output,), in the units of the targets.

    Source: Dive into Deep Learning, 3.1.
    """
    values = subject.answer(Value).values[0].reshape(-1)
    name = subject.target_name or "output"
    labels = (name,) if len(values) == 1 else tuple(f"{name} {place}" for place in range(len(values)))
    return Quantities("Prediction", labels, values)


def _refuses(recipe: Recipe, analysis: Analysis) -> Text | None:
    return None if issubclass(tasks.of(recipe).answers, Value) else text("This network does not predict a number.")


PREDICTION = ProbeSpec(
    name="prediction", title="Prediction", summary="The number that the network predicts for this input.",
    source="Dive into Deep Learning, 3.1", compute=compute_prediction, returns=(Quantities,), place=ANSWER,
    cost=FOLLOWED, refuses=_refuses, term="regression",
)
