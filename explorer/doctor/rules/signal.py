"""Does a signal get through the network, and a gradient back? Judged absolutely, and from layer to layer."""

from __future__ import annotations

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence
from explorer.doctor.finding import ILL, Finding, Rule, number
from explorer.doctor.thresholds import GRADIENT_EXPLODED, GRADIENT_LOST, SPREAD_EXPLODED, SPREAD_LOST
from explorer.results import CheckUp
from explorer.text import Text, text


def gradients(check: CheckUp) -> np.ndarray:
    """Norms of the gradient at the weighted layers' outputs, those that are known, from input to output: (layer,)."""
    values = check.layers.column("activation_gradient", check.layers.weighted)
    return values[np.isfinite(values)]


def attenuation(check: CheckUp) -> float:
    """What is left of the last layer's gradient at the first: their ratio. 1 where there is one layer."""
    values = gradients(check)
    return float(values[0] / values[-1]) if len(values) > 1 and values[-1] > 0 else 1.0


def factor_per_layer(check: CheckUp) -> float:
    """By what the gradient is multiplied from a hidden layer to the one before: the geometric mean of the ratios.

    The last layer is left out: its gradient is that of the loss, with as many values as there are classes.
    """
    hidden = gradients(check)[:-1]
    return float((hidden[0] / hidden[-1]) ** (1 / (len(hidden) - 1))) if len(hidden) > 1 and hidden[-1] > 0 else 1.0


def spread_kept(check: CheckUp) -> float:
    """What is left at the end of the spread that comes in: their ratio."""
    spread = check.layers.spread[np.isfinite(check.layers.spread)]
    return float(spread[-1] / spread[0]) if len(spread) and spread[0] > 0 else 1.0


def is_lost(check: CheckUp) -> bool:
    """Whether next to nothing of the signal reaches the output, or of the gradient the first layer."""
    return attenuation(check) < GRADIENT_LOST or spread_kept(check) < SPREAD_LOST


def judge_vanishing(evidence: Evidence) -> Finding | None:
    first, last = evidence.first, evidence.last
    if last is None or last.first_bad or not is_lost(last):
        return None
    shown = first if is_lost(first) else last
    by_gradient = attenuation(shown) < GRADIENT_LOST
    sentence = _gradient_sentence(shown) if by_gradient else _spread_sentence(shown)
    recipe = evidence.recipe
    proof = charts.signal_propagation(evidence.first, evidence.last,
                                      "activation_gradient" if by_gradient else "spread")
    return Finding("vanishing", ILL, sentence, proof,
                   cures.ladder(recipe, cures.RELU, cures.KAIMING, cures.BATCH_NORM))


def _names(check: CheckUp) -> tuple[str, str, int]:
    names = check.layers.names(check.layers.weighted & np.isfinite(check.layers.activation_gradient))
    return names[0], names[-1], len(names)


def _gradient_sentence(check: CheckUp) -> Text:
    """The factor where it is a number; where nothing at all arrives, that."""
    first, last, count = _names(check)
    factor, kept = factor_per_layer(check), spread_kept(check)
    facts = {"first": first, "last": last, "count": count, "left": number(attenuation(check)),
             "size": number(gradients(check)[0]), "spread": number(kept)}
    if attenuation(check) == 0:
        return text("The gradient vanishes: nothing of it reaches {first}, so the layers before the break cannot "
                    "learn. On the way forward the differences between samples shrink to {spread} of what comes in.",
                    **facts)
    return text("The gradient vanishes: from layer to layer backward it is multiplied by about {factor}, and after "
                "{count} layers {left} of it is left at {first} (norm {size}). That layer cannot learn. On the way "
                "forward the differences between samples shrink to {spread} of what comes in.",
                factor=number(factor), **facts)


def _spread_sentence(check: CheckUp) -> Text:
    return text("The signal vanishes: the differences between samples shrink to {left} of what comes in. Whatever "
                "comes in, almost the same comes out, and {first} gets a gradient of {size}.",
                left=number(spread_kept(check)), first=_names(check)[0], size=number(gradients(check)[0]))


def largest_growth(check: CheckUp) -> float:
    """The largest spread of any layer over the input's."""
    spread = check.layers.spread[np.isfinite(check.layers.spread)]
    return float(spread.max() / spread[0]) if len(spread) and spread[0] > 0 else 1.0


def explodes(check: CheckUp) -> bool:
    """Whether the signal grows on its way forward, or the gradient on its way back, beyond all use."""
    return attenuation(check) > GRADIENT_EXPLODED or largest_growth(check) > SPREAD_EXPLODED


def judge_exploding(evidence: Evidence) -> Finding | None:
    first = evidence.first
    if first is None or not explodes(first):
        return None
    by_spread = largest_growth(first) > SPREAD_EXPLODED
    sentence = text("The signal explodes: fresh from the draw, layers give values {growth} times as spread as the "
                    "input, and the gradient grows {times}-fold on its way back. A step of any useful size overshoots.",
                    growth=number(largest_growth(first)), times=number(attenuation(first)))
    proof = charts.signal_propagation(first, evidence.last, "spread" if by_spread else "activation_gradient")
    return Finding("exploding", ILL, sentence, proof,
                   cures.offer(evidence.recipe, cures.KAIMING, cures.XAVIER, cures.BATCH_NORM))


EXPLODING = Rule("exploding", "Exploding signal", judge_exploding,
                 hides=("rate_high", "vanishing", "dead_units", "saturation", "plateau", "underfitting",
                        "silent_class", "rate_low"))
VANISHING = Rule("vanishing", "Vanishing signal", judge_vanishing,
                 hides=("plateau", "underfitting", "silent_class", "rate_low"))
