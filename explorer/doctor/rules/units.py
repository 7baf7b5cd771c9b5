"""Rules on units: dead ReLUs, saturated activations, and initial weights that let no signal through."""

from __future__ import annotations

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence
from explorer.doctor.finding import SEVERE, WATCH, Finding, Rule
from explorer.doctor.other_seeds import next_seeds
from explorer.doctor.rules.signal import is_lost
from explorer.doctor.thresholds import DEAD_SHARE, LUCKY_SEEDS, SATURATED_SHARE, STILL_HIGH
from explorer.formatting import format_percent
from explorer.results import CheckUp
from explorer.text import Text, text


def largest(check: CheckUp, quantity: str) -> tuple[str, float]:
    """Find the layer with the largest share of dead units or saturated values: (layer, share); ("", 0) if none can."""
    values = np.nan_to_num(check.layers.column(quantity), nan=-1.0)
    place = int(values.argmax()) if len(values) else 0
    return (check.layers.addresses[place], float(values[place])) if len(values) and values[place] >= 0 else ("", 0.0)


def _severity(evidence: Evidence) -> str:
    """Judge by the loss: severe if little has been learned, to watch if the network learns anyway."""
    return SEVERE if not np.nanmedian(evidence.recent_loss) < STILL_HIGH * evidence.chance_loss else WATCH


def judge_dead_units(evidence: Evidence) -> Finding | None:
    if evidence.last is None or evidence.last.first_bad:
        return None
    layer, share = largest(evidence.last, "dead")
    if share < DEAD_SHARE:
        return None
    before = _share_before(evidence, layer)
    if before < DEAD_SHARE and is_lost(evidence.first):
        return None  # the signal was lost from the start: which units die then is noise
    sentence = text("{share} of the units in {layer} output zero for every sample. No gradient passes through a dead "
                    "unit, so it cannot recover.{cause}", share=format_percent(share), layer=layer,
                    cause=_cause_of_death(before))
    rate = cures.learning_rate(0.1, "Smaller steps do not kill units.")
    others = (cures.LEAKY_RELU, cures.BATCH_NORM, cures.KAIMING)
    return Finding("dead_units", _severity(evidence), sentence,
                   charts.unit_shares(evidence.last, "dead"),
                   cures.offer(evidence.recipe, *((*others, rate) if before >= DEAD_SHARE else (rate, *others))))


def _share_before(evidence: Evidence, layer: str) -> float:
    """Return the share of a layer's units that were dead at the start; NaN if that is not known."""
    layers = evidence.first and evidence.first.layers
    return float(layers.column("dead")[layers.addresses.index(layer)]) if layers else np.nan


def _cause_of_death(before: float) -> Text | str:
    if before >= DEAD_SHARE:
        return text(" They were dead from the start: check the initialization.")
    return text(" It was {before} at the start: a step that was too large killed them.",
                before=format_percent(before)) if np.isfinite(before) else ""


def judge_saturation(evidence: Evidence) -> Finding | None:
    if evidence.last is None or evidence.last.first_bad:
        return None
    layer, share = largest(evidence.last, "saturated")
    if share < SATURATED_SHARE:
        return None
    sentence = text("{share} of the outputs of {layer} lie on the flat ends of its curve, where the slope is under 5 % "
                    "of its maximum. Almost no gradient gets through there.",
                    share=format_percent(share), layer=layer)
    return Finding("saturation", _severity(evidence), sentence,
                   charts.unit_shares(evidence.last, "saturated"),
                   cures.offer(evidence.recipe, cures.XAVIER, cures.BATCH_NORM, cures.RELU,
                               cures.learning_rate(0.1, "Smaller steps keep the weights small.")))


def judge_unlucky_seed(evidence: Evidence) -> Finding | None:
    """Find initial weights that let no signal through while most other seeds' do.

    Source: Lu et al. 2019, Dying ReLU and initialization: narrow, deep ReLU networks may be dead from the start.
    """
    lucky = sum(evidence.other_seeds)
    if lucky < LUCKY_SEEDS or evidence.last is None or evidence.has_recovered:
        return None
    seeds = next_seeds(evidence.recipe)
    good = next(seed for seed, passes in zip(seeds, evidence.other_seeds) if passes)
    sentence = text("With the initial weights of seed {seed}, nothing of the input reaches the output. {lucky} of "
                    "{count} other seeds let it through: the architecture is fine, these weights are not.",
                    seed=evidence.recipe.seed, count=len(seeds), lucky=lucky)
    return Finding("unlucky_seed", SEVERE, sentence, charts.signal_propagation(evidence.first, evidence.last, "spread"),
                   cures.offer(evidence.recipe, cures.another_seed(good), cures.LEAKY_RELU))


UNLUCKY_SEED = Rule("unlucky_seed", "Unlucky seed", judge_unlucky_seed,
                    hides=("vanishing", "dead_units", "plateau", "underfitting", "silent_class", "rate_low"))
DEAD_UNITS = Rule("dead_units", "Dead ReLUs", judge_dead_units,
                  hides=("vanishing", "plateau", "underfitting", "silent_class", "rate_low"))
SATURATION = Rule("saturation", "Saturation", judge_saturation,
                  hides=("vanishing", "plateau", "underfitting", "silent_class", "rate_low"))
