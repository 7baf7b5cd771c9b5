"""Class probabilities: how sure a network is of each class."""

from __future__ import annotations

from explorer import tasks
from explorer.network import Analysis
from explorer.probes.probe import ANSWER, FOLLOWED, ProbeSpec
from explorer.probes.subject import Subject
from explorer.recipe import Recipe
from explorer.results import Bars, Probabilities
from explorer.text import Text, text


def compute_probabilities(subject: Subject) -> Bars:
    """Read the probability of each class for the batch's first sample: (class,), summing to 1; the largest stands out.

    Without a recipe the outputs are taken for logits. Source: Dive into Deep Learning, 4.1.
    """
    answer = subject.answer(Probabilities)
    return Bars("Class probabilities", answer.names, answer.values[0], axis="probability",
                highlight=int(answer.values[0].argmax()), limits=(0.0, 1.0))


def _refuses(recipe: Recipe, analysis: Analysis) -> Text | None:
    if issubclass(tasks.of(recipe).answers, Probabilities):
        return None
    return text("This network does not predict classes, so it has no class probabilities.")


PROBABILITIES = ProbeSpec(
    name="probabilities", title="Class probabilities", summary="The probability that the network gives to each class.",
    source="Dive into Deep Learning, 4.1", compute=compute_probabilities, returns=(Bars,), place=ANSWER, cost=FOLLOWED,
    refuses=_refuses, term="class_probability",
)
