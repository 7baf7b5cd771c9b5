"""Likely tokens: the probabilities of what comes next in a text."""

from __future__ import annotations

import numpy as np

from explorer import tasks
from explorer.formatting import format_character
from explorer.network import Analysis
from explorer.probes.probe import ANSWER, FOLLOWED, ProbeSpec
from explorer.probes.subject import Subject
from explorer.recipe import Recipe
from explorer.results import Bars, Tokens
from explorer.text import Text, text

_LIKELIEST = 8


def compute_next_token(subject: Subject) -> Bars:
    """Read the 8 likeliest tokens after those typed, the largest probability first: (token,).

    The network must give logits at every token: (sample, token, class). Source: Dive into Deep Learning, 9.3.
    """
    answer = subject.answer(Tokens)
    probabilities = answer.values[0, (subject.tokens or answer.values.shape[1]) - 1]
    order = np.argsort(-probabilities, kind="stable")[:_LIKELIEST]
    return Bars("What comes next", tuple(format_character(answer.names[place]) for place in order),
                probabilities[order], axis="probability", highlight=0, limits=(0.0, 1.0))


def refuses_no_text(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network that does not predict what comes next in a text."""
    if issubclass(tasks.of(recipe).answers, Tokens):
        return None
    return text("This network does not predict what comes next in a text.")


NEXT_TOKEN = ProbeSpec(
    name="next_token", title="What comes next", summary="The likeliest characters after the text, and their "
    "probabilities.", source="Dive into Deep Learning, 9.3", compute=compute_next_token, returns=(Bars,), place=ANSWER,
    cost=FOLLOWED, refuses=refuses_no_text, term="next_token",
)
