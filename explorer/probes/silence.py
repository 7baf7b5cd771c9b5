"""Silence: the answer as numbers, with what is silenced, forced or scaled, and what could be."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from explorer.attention import as_computed, find_attention
from explorer.formatting import format_character
from explorer.network.building import BuiltNetwork
from explorer.probes.objective import CHARACTERS, NUMBERS, choices_of, kind_of, numbers_of, probabilities_of
from explorer.probes.probe import FOLLOWED, WHAT_IF, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import AnswerNumbers
from explorer.text import text


def compute_silence(subject: Subject, node: str = "") -> AnswerNumbers:
    """Read the answer to the first sample as numbers, and the parts that a node's output has.

    In a notebook: silence a part with `explorer.intervention.intervened`, and read this inside. Raises UnknownNode.
    """
    if subject.against is not None:
        raise NotApplicable(text("An answer is compared for one input: choose A or B."))
    outputs = subject.outputs[:1]
    names, numbers = choices_of(subject, outputs), numbers_of(subject, outputs)[0]
    if kind_of(subject) == CHARACTERS:
        names = tuple(map(format_character, names))
    found = AnswerNumbers(names, numbers.numpy(), _shares(subject, outputs), node)
    shape = tuple(subject.activations([node])[node].shape[1:]) if node else ()
    attention = find_attention(subject.model, node) if isinstance(subject.model, BuiltNetwork) else None
    if attention is None or not attention.mix:
        return AnswerNumbers(found.names, found.numbers, found.shares, node, shape)
    (attention,) = as_computed(subject.model, subject.batch, [attention])
    return AnswerNumbers(found.names, found.numbers, found.shares, node, shape, attention.mix, attention.heads,
                         int(attention.is_windowed) if attention.has_heads else -1)


def _shares(subject: Subject, outputs: Tensor) -> np.ndarray:
    """Return the probabilities of all outputs; none where they are plain numbers."""
    return np.zeros(0, np.float32) if kind_of(subject) == NUMBERS else probabilities_of(subject, outputs)[0].numpy()


SILENCE = ProbeSpec(
    name="silence", title="Silence", summary="The answer with a unit, a channel, a head or a layer silenced, forced to "
    "a value or scaled, beside the answer without. Every other view follows.",
    source="Zeiler & Fergus 2014; Bau et al. 2020", compute=compute_silence, returns=(AnswerNumbers,), place=WHAT_IF,
    is_chosen=True, cost=FOLLOWED, term="silencing", params=(NodeParam("node", "Node", every="no node"),),
)
