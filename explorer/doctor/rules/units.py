"""Units that no longer answer: dead rectifiers, saturated activations, and a draw that let nothing through."""

from __future__ import annotations

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence
from explorer.doctor.finding import ILL, WATCH, Finding, Rule
from explorer.doctor.other_seeds import next_seeds
from explorer.doctor.rules.signal import is_lost
from explorer.doctor.thresholds import DEAD_SHARE, LUCKY_SEEDS, SATURATED_SHARE, STILL_HIGH
from explorer.results import CheckUp
from explorer.text import text


def largest(check: CheckUp, quantity: str) -> tuple[str, float]:
    """(layer, share) of the layer with the most dead units or saturated values; ("", 0) where none can have any."""
    values = np.nan_to_num(check.layers.column(quantity), nan=-1.0)
    place = int(values.argmax()) if len(values) else 0
    return (check.layers.addresses[place], float(values[place])) if len(values) and values[place] >= 0 else ("", 0.0)


def _severity(evidence: Evidence) -> str:
    """Ill where little has been learned; where the network learns all the same, worth watching."""
    return ILL if not np.nanmedian(evidence.recent_loss) < STILL_HIGH * evidence.guess else WATCH


def judge_dead_units(evidence: Evidence) -> Finding | None:
    if evidence.last is None or evidence.last.first_bad:
        return None
    layer, share = largest(evidence.last, "dead")
    if share < DEAD_SHARE:
        return None
    before = dict(zip(evidence.first.layers.addresses, evidence.first.layers.dead))[layer]
    if before < DEAD_SHARE and is_lost(evidence.first):
        return None  # a signal too small from the start: which units the noise of training closes says nothing
    cause = text("At the start it was {before}: too large a step closed them.", before=f"{before:.0%}") \
        if before < DEAD_SHARE else text("They were so from the start: look at the initialization.")
    sentence = text("{share} of the units in {layer} give zero for every sample. No gradient passes a "
                    "closed unit, so it cannot open again. {cause}", share=f"{share:.0%}", layer=layer, cause=cause)
    rate = cures.learning_rate(0.1, "A smaller step does not throw units over the edge.")
    others = (cures.LEAKY_RELU, cures.BATCH_NORM, cures.KAIMING)
    return Finding("dead_units", _severity(evidence), sentence,
                   charts.unit_shares(evidence.last, "dead"),
                   cures.offer(evidence.recipe, *((rate, *others) if before < DEAD_SHARE else (*others, rate))))


def judge_saturation(evidence: Evidence) -> Finding | None:
    if evidence.last is None or evidence.last.first_bad:
        return None
    layer, share = largest(evidence.last, "saturated")
    if share < SATURATED_SHARE:
        return None
    sentence = text("{share} of what {layer} gives lies at the flat ends of its curve, where the slope is "
                    "under 5 % of the steepest. Almost no gradient gets through there.",
                    share=f"{share:.0%}", layer=layer)
    return Finding("saturation", _severity(evidence), sentence,
                   charts.unit_shares(evidence.last, "saturated"),
                   cures.offer(evidence.recipe, cures.XAVIER, cures.BATCH_NORM, cures.RELU,
                               cures.learning_rate(0.1, "A smaller step keeps the weights small.")))


def judge_unlucky_seed(evidence: Evidence) -> Finding | None:
    """Lu et al. 2019, Dying ReLU and initialization: narrow deep ReLU networks are born dead with some probability."""
    lucky = sum(evidence.other_seeds)
    if lucky < LUCKY_SEEDS or evidence.last is None or evidence.has_recovered:
        return None
    seeds = next_seeds(evidence.recipe)
    good = next(seed for seed, passes in zip(seeds, evidence.other_seeds) if passes)
    sentence = text("As drawn under seed {seed}, nothing of the input reaches the output. Of {count} "
                    "other seeds, {lucky} let it through: the design is sound, the draw is not.",
                    seed=evidence.recipe.seed, count=len(seeds), lucky=lucky)
    return Finding("unlucky_seed", ILL, sentence, charts.signal_propagation(evidence.first, evidence.last, "spread"),
                   cures.offer(evidence.recipe, cures.another_seed(good), cures.LEAKY_RELU))


UNLUCKY_SEED = Rule("unlucky_seed", "Unlucky seed", judge_unlucky_seed,
                    hides=("vanishing", "dead_units", "plateau", "underfitting", "silent_class", "rate_low"))
DEAD_UNITS = Rule("dead_units", "Dead ReLUs", judge_dead_units,
                  hides=("vanishing", "plateau", "underfitting", "silent_class", "rate_low"))
SATURATION = Rule("saturation", "Saturation", judge_saturation,
                  hides=("vanishing", "plateau", "underfitting", "silent_class", "rate_low"))
