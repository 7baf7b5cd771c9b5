"""Rules on the learning rate, and on a loss that is no longer finite."""

from __future__ import annotations

import math

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence
from explorer.doctor.finding import SEVERE, Cure, Finding, Rule, level, number
from explorer.doctor.rules.signal import explodes, explosion
from explorer.doctor.thresholds import LITTLE_PROGRESS, LOW_UPDATE, PEAK_OVER_START, PEAK_STEPS, SAFE_UPDATE, STILL_HIGH
from explorer.text import Text, text

_SMALLER = "Steps this large overshoot the minimum."
_LARGER = "Larger steps make more progress."


def judge_nan(evidence: Evidence) -> Finding | None:
    found = evidence.first_bad
    if found is None:
        return None
    proof = evidence.loss_chart if found.sizes is None else charts.largest_outputs(found.sizes)
    return Finding("nan", SEVERE, _nan_sentence(evidence), proof, cures.offer(evidence.recipe, *_against_nan(evidence)))


def _against_nan(evidence: Evidence) -> tuple[Cure, ...]:
    rates = _smaller_rates(evidence)
    scales = (cures.KAIMING, cures.BATCH_NORM)
    return (*scales, *rates) if _exploded_at_once(evidence) else (*rates, cures.BATCH_NORM)


def _exploded_at_once(evidence: Evidence) -> bool:
    return evidence.first is not None and not evidence.first.first_bad and explodes(evidence.first)


def _nan_sentence(evidence: Evidence) -> Text:
    found = evidence.first_bad
    rate = _growth(evidence) if _exploded_at_once(evidence) else _rate(evidence)
    if found.layer:
        return text("At step {step} the output of {layer} was the first to become NaN or infinite; the layers after "
                    "it, the loss and all later weights followed.{rate}", step=found.step,
                    layer=found.layer, rate=rate)
    if found.sizes is not None:
        return text("At step {step} the outputs were still finite (up to {size}), but the loss "
                    "overflowed.{rate}", step=found.step, size=number(float(found.sizes[-1])),
                    rate=rate)
    return text("The loss is NaN or infinite from step {step} on.{rate}", step=found.step, rate=rate)


def _growth(evidence: Evidence) -> Text:
    return text(" From the start, {grows}: the signal explodes.", grows=explosion(evidence.first))


def _rate(evidence: Evidence) -> Text | str:
    rate = evidence.recipe.optimizer.params.get("lr")
    moved = max(evidence.update.values(), default=np.nan)
    if rate is None or not moved > 1:
        return ""
    return text(" With a learning rate of {rate}, the first step moved the weights by {times} times their norm.",
                rate=number(rate), times=number(moved))


def peak(losses: np.ndarray) -> float:
    """Find the highest mean over a few consecutive steps."""
    window = np.ones(PEAK_STEPS) / PEAK_STEPS
    return float(np.convolve(losses, window, "valid").max())


def judge_rate_high(evidence: Evidence) -> Finding | None:
    losses = evidence.steps.loss
    start = np.nanmax([losses[0], evidence.chance_loss])
    recent = float(np.median(evidence.recent_loss))
    if not peak(losses) > PEAK_OVER_START * start or recent < STILL_HIGH * evidence.chance_loss:
        return None
    sentence = text("The loss rose from {start} to {peak} instead of falling, and is now {recent}; chance level is "
                    "{chance}.{moved}",
                    start=level(float(losses[0])), peak=level(peak(losses)), recent=level(evidence.loss_now),
                    chance=level(evidence.chance_loss), moved=_first_step(evidence))
    return Finding("rate_high", SEVERE, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, *_smaller_rates(evidence)))


def _first_step(evidence: Evidence) -> Text | str:
    moved = max(evidence.update.values(), default=np.nan)
    return text(" The first step moved a layer's weights by {moved} times their norm.", moved=number(moved)) \
        if np.isfinite(moved) else ""


def _smaller_rates(evidence: Evidence) -> tuple[Cure, ...]:
    """Offer a tenth, and the power of ten (a hundredth or less) at which the first step moves no layer too far."""
    moved = max(evidence.update.values(), default=0.0)
    tenths = max(2, math.ceil(math.log10(moved / SAFE_UPDATE))) if 0 < moved < math.inf else 2
    return tuple(cures.learning_rate(10.0 ** -power, _SMALLER) for power in (1, tenths))


def judge_rate_low(evidence: Evidence) -> Finding | None:
    losses, moved = evidence.steps.loss, max(evidence.update.values(), default=np.nan)
    before, now = float(np.median(losses[:evidence.window])), float(np.median(evidence.recent_loss))
    if not moved < LOW_UPDATE or now < (1 - LITTLE_PROGRESS) * before:
        return None
    sentence = text("A step moves no layer's weights by more than {moved} of their norm (about 0.001 is usual), and in "
                    "{steps} steps the loss went only from {before} to {now}.",
                    moved=number(moved), steps=f"{len(losses):,}", before=level(float(losses[0])),
                    now=level(evidence.loss_now))
    return Finding("rate_low", SEVERE, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, *(cures.learning_rate(times, _LARGER) for times in (3, 10, 100))))


_CONSEQUENCES = ("vanishing", "dead_units", "saturation", "plateau", "underfitting", "silent_class", "overfitting")
NAN = Rule("nan", "NaN or infinite loss", judge_nan,
           hides=(*_CONSEQUENCES, "rate_high", "rate_low", "exploding", "unlucky_seed"))
RATE_HIGH = Rule("rate_high", "Learning rate too high", judge_rate_high, hides=_CONSEQUENCES)
RATE_LOW = Rule("rate_low", "Learning rate too low", judge_rate_low, hides=("plateau", "underfitting", "silent_class"))
