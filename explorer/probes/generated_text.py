"""Generated text: what a network writes after a prompt, reading back its own words."""

from __future__ import annotations

from explorer.hooks import predictor
from explorer.probes.likely_tokens import refuses_no_text
from explorer.probes.probe import ANSWER, ProbeSpec
from explorer.probes.subject import Subject
from explorer.results import Tokens, Writing
from explorer.spec import Number
from explorer.tasks.writing import continue_text

_WRITTEN, _PROMPT_SHOWN = 200, 24  # tokens


def compute_generated_text(subject: Subject, temperature: float = 0.8) -> Writing:
    """Write 200 tokens after those typed, each drawn with the probabilities softmax(logits / temperature).

    The network must give logits at every token: (sample, token, class). The recipe's seed decides the draws.
    Source: Dive into Deep Learning, 9.5.
    """
    names = subject.answer(Tokens).names
    prompt = subject.batch[0, :subject.tokens].tolist()
    seed = subject.recipe.seed if subject.recipe else 0
    written = continue_text(predictor(subject.model), prompt, _WRITTEN, subject.batch.shape[1], temperature, seed)
    before, after = ("".join(names[token] for token in tokens) for tokens in (prompt[-_PROMPT_SHOWN:], written))
    return Writing("Generated text", before, after)


GENERATED_TEXT = ProbeSpec(
    name="generated_text", title="Generated text",
    summary="Each character is drawn with the probability the network gives it, and read back. Bold: generated.",
    source="Dive into Deep Learning, 9.5", compute=compute_generated_text, returns=(Writing,), place=ANSWER,
    params=(Number("temperature", "Temperature", 0.8, low=0, high=2, help="0 always takes the likeliest character; 1 "
                   "draws with the network's own probabilities; above 1 the unlikely come more often."),),
    refuses=refuses_no_text, term="temperature",
)
