"""Rules on the signal: does it get through the network, and the gradient back? Judged absolutely and per layer."""

from __future__ import annotations

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence, known_spreads
from explorer.doctor.finding import SEVERE, Finding, Rule, number
from explorer.doctor.thresholds import GRADIENT_EXPLODED, GRADIENT_LOST, SPREAD_EXPLODED, SPREAD_LOST
from explorer.results import CheckUp
from explorer.text import Text, text


def gradients(check: CheckUp) -> np.ndarray:
    """List the known gradient norms at the outputs of layers with weights, from input to output: (layer,)."""
    values = check.layers.column("activation_gradient", check.layers.weighted)
    return values[np.isfinite(values)]


def attenuation(check: CheckUp) -> float:
    """Compute the ratio of the first layer's gradient to the last one's; 1 with a single layer."""
    values = gradients(check)
    return float(values[0] / values[-1]) if len(values) > 1 and values[-1] > 0 else 1.0


def factor_per_layer(check: CheckUp) -> float:
    """Compute the factor of the gradient from a hidden layer to the one before: the geometric mean of the ratios.

    The last layer is left out: its gradient is that of the loss, with as many values as there are classes.
    """
    hidden = gradients(check)[:-1]
    return float((hidden[0] / hidden[-1]) ** (1 / (len(hidden) - 1))) if len(hidden) > 1 and hidden[-1] > 0 else 1.0


def spread_kept(check: CheckUp) -> float:
    """Compute the ratio of the output's spread to the input's."""
    spread = known_spreads(check)
    return float(spread[-1] / spread[0]) if len(spread) and spread[0] > 0 else 1.0


def is_lost(check: CheckUp) -> bool:
    """Check whether almost no signal reaches the output, or almost no gradient the first layer."""
    return attenuation(check) < GRADIENT_LOST or spread_kept(check) < SPREAD_LOST


def judge_vanishing(evidence: Evidence) -> Finding | None:
    first, last = evidence.first, evidence.last
    if last is None or last.first_bad or not is_lost(last):
        return None
    shown = first if first is not None and is_lost(first) else last
    by_gradient = attenuation(shown) < GRADIENT_LOST
    sentence = _gradient_sentence(shown) if by_gradient else _spread_sentence(shown)
    recipe = evidence.recipe
    proof = charts.signal_propagation(first, last, "activation_gradient" if by_gradient else "spread")
    return Finding("vanishing", SEVERE, sentence, proof,
                   cures.ladder(recipe, cures.RELU, cures.KAIMING, cures.BATCH_NORM))


def _names(check: CheckUp) -> tuple[str, str, int]:
    names = check.layers.names(check.layers.weighted & np.isfinite(check.layers.column("activation_gradient")))
    return names[0], names[-1], len(names)


def _gradient_sentence(check: CheckUp) -> Text:
    """Describe the loss of gradient by its factor per layer, or that none at all arrives."""
    first, last, count = _names(check)
    factor, kept = factor_per_layer(check), spread_kept(check)
    facts = {"first": first, "last": last, "count": count, "left": number(attenuation(check)),
             "size": number(gradients(check)[0]), "spread": number(kept)}
    if attenuation(check) == 0:
        return text("The gradient vanishes: none of it reaches {first}, so the layers before the break cannot learn. "
                    "In the forward pass the variation between samples shrinks to {spread} of that at the input.",
                    **facts)
    return text("The gradient vanishes: on the backward pass it is multiplied by about {factor} per layer, and after "
                "{count} layers {left} of it is left at {first} (norm {size}). That layer cannot learn. In the forward "
                "pass the variation between samples shrinks to {spread} of that at the input.",
                factor=number(factor), **facts)


def _spread_sentence(check: CheckUp) -> Text:
    return text("The signal vanishes: the variation between samples shrinks to {left} of that at the input. The "
                "output is almost the same for every sample, and {first} gets a gradient of norm {size}.",
                left=number(spread_kept(check)), first=_names(check)[0], size=number(gradients(check)[0]))


def largest_growth(check: CheckUp) -> float:
    """Compute the ratio of the largest spread of any layer to the input's."""
    spread = known_spreads(check)
    return float(spread.max() / spread[0]) if len(spread) and spread[0] > 0 else 1.0


def explodes(check: CheckUp) -> bool:
    """Check whether the signal grows out of control in the forward pass, or the gradient in the backward pass."""
    return explosion(check) is not None


def explosion(check: CheckUp) -> Text | None:
    """Describe what grows out of control: the outputs of layers, the gradient, or both; None if neither does."""
    growth, times = largest_growth(check), attenuation(check)
    outputs = text("layer outputs have up to {growth} times the variation between samples that the input has",
                   growth=number(growth))
    gradient = text("the gradient grows {times}-fold on the backward pass", times=number(times))
    if growth > SPREAD_EXPLODED and times > GRADIENT_EXPLODED:
        return text("{outputs}, and {gradient}", outputs=outputs, gradient=gradient)
    return outputs if growth > SPREAD_EXPLODED else gradient if times > GRADIENT_EXPLODED else None


def judge_exploding(evidence: Evidence) -> Finding | None:
    first = evidence.first
    grows = None if first is None else explosion(first)
    if grows is None:
        return None
    by_spread = largest_growth(first) > SPREAD_EXPLODED
    sentence = text("The signal explodes: with the initial weights, {grows}. Steps of any useful size overshoot.",
                    grows=grows)
    proof = charts.signal_propagation(first, evidence.last, "spread" if by_spread else "activation_gradient")
    return Finding("exploding", SEVERE, sentence, proof,
                   cures.offer(evidence.recipe, cures.KAIMING, cures.XAVIER, cures.BATCH_NORM))


EXPLODING = Rule("exploding", "Exploding signal", judge_exploding,
                 hides=("rate_high", "vanishing", "dead_units", "saturation", "plateau", "underfitting",
                        "silent_class", "rate_low"))
VANISHING = Rule("vanishing", "Vanishing signal", judge_vanishing,
                 hides=("plateau", "underfitting", "silent_class", "rate_low"))
