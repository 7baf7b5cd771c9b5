"""Is the step the right size? And where did the first number that is not finite come from?"""

from __future__ import annotations

import math

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence
from explorer.doctor.finding import ILL, Cure, Finding, Rule, level, number
from explorer.doctor.rules.signal import attenuation, explodes, largest_growth
from explorer.doctor.thresholds import LITTLE_PROGRESS, LOW_UPDATE, PEAK_OVER_START, PEAK_STEPS, SAFE_UPDATE, STILL_HIGH
from explorer.text import Text, text

_SMALLER = "A step this large jumps over the valley it should go down into."
_LARGER = "The same number of steps leads further."


def judge_nan(evidence: Evidence) -> Finding | None:
    found = evidence.first_bad
    if found is None:
        return None
    proof = evidence.loss_chart if found.sizes is None else charts.largest_outputs(found.sizes)
    return Finding("nan", ILL, _nan_sentence(evidence), proof, cures.offer(evidence.recipe, *_against_nan(evidence)))


def _against_nan(evidence: Evidence) -> tuple[Cure, ...]:
    rates = _smaller_rates(evidence)
    draws = (cures.KAIMING, cures.BATCH_NORM)
    return (*draws, *rates) if _exploded_at_once(evidence) else (*rates, cures.BATCH_NORM)


def _exploded_at_once(evidence: Evidence) -> bool:
    return evidence.first is not None and not evidence.first.first_bad and explodes(evidence.first)


def _nan_sentence(evidence: Evidence) -> Text:
    found = evidence.first_bad
    rate = _growth(evidence) if _exploded_at_once(evidence) else _rate(evidence)
    if found.layer:
        return text("At step {step} the output of {layer} was the first that is not finite, and "
                    "everything behind it, the loss and all later weights followed.{rate}", step=found.step,
                    layer=found.layer, rate=rate)
    if found.sizes is not None:
        return text("At step {step} the outputs were still finite (up to {size}), but their loss "
                    "was too large for a number.{rate}", step=found.step, size=number(float(found.sizes[-1])),
                    rate=rate)
    return text("The loss is not finite from step {step} on.{rate}", step=found.step, rate=rate)


def _growth(evidence: Evidence) -> Text:
    return text(" From the start, layers give values {growth} times as spread as the input, and the gradient grows "
                "{times}-fold on its way back: the signal explodes.", growth=number(largest_growth(evidence.first)),
                times=number(attenuation(evidence.first)))


def _rate(evidence: Evidence) -> Text | str:
    rate = evidence.recipe.optimizer.params.get("lr")
    moved = max(evidence.update.values(), default=np.nan)
    if rate is None or not moved > 1:
        return ""
    return text(" With a learning rate of {rate} the first step moved the weights {times} times their own size.",
                rate=number(rate), times=number(moved))


def peak(losses: np.ndarray) -> float:
    """The highest mean over a few neighboring steps."""
    window = np.ones(PEAK_STEPS) / PEAK_STEPS
    return float(np.convolve(losses, window, "valid").max())


def judge_rate_high(evidence: Evidence) -> Finding | None:
    losses = evidence.steps.loss
    start = np.nanmax([losses[0], evidence.guess])
    recent = float(np.median(evidence.recent_loss))
    if not peak(losses) > PEAK_OVER_START * start or recent < STILL_HIGH * evidence.guess:
        return None
    sentence = text("The loss rose from {start} to {peak} instead of falling, and "
                    "stands at {recent}; guessing has {guess}. The first step moved a layer by {moved} times the "
                    "size of its weights.",
                    start=level(float(losses[0])), peak=level(peak(losses)), recent=level(evidence.loss_now),
                    guess=level(evidence.guess), moved=number(max(evidence.update.values(), default=np.nan)))
    return Finding("rate_high", ILL, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, *_smaller_rates(evidence)))


def _smaller_rates(evidence: Evidence) -> tuple[Cure, ...]:
    """A tenth, and a power of ten that lets the first step move no layer too far; a hundredth at least."""
    moved = max(evidence.update.values(), default=0.0)
    tenths = max(2, math.ceil(math.log10(moved / SAFE_UPDATE))) if 0 < moved < math.inf else 2
    return tuple(cures.learning_rate(10.0 ** -power, _SMALLER) for power in (1, tenths))


def judge_rate_low(evidence: Evidence) -> Finding | None:
    losses, moved = evidence.steps.loss, max(evidence.update.values(), default=np.nan)
    before, now = float(np.median(losses[:evidence.window])), float(np.median(evidence.recent_loss))
    if not moved < LOW_UPDATE or now < (1 - LITTLE_PROGRESS) * before:
        return None
    sentence = text("A step moves no layer by more than {moved} of its weights (about "
                    "0.001 is usual), and in {steps} steps the loss went from {before} to {now}.",
                    moved=number(moved), steps=f"{len(losses):,}", before=level(float(losses[0])),
                    now=level(evidence.loss_now))
    return Finding("rate_low", ILL, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, *(cures.learning_rate(times, _LARGER) for times in (3, 10, 100))))


_CONSEQUENCES = ("vanishing", "dead_units", "saturation", "plateau", "underfitting", "silent_class", "overfitting")
NAN = Rule("nan", "No numbers any more", judge_nan,
           hides=(*_CONSEQUENCES, "rate_high", "rate_low", "exploding", "unlucky_seed"))
RATE_HIGH = Rule("rate_high", "Learning rate too high", judge_rate_high, hides=_CONSEQUENCES)
RATE_LOW = Rule("rate_low", "Learning rate too low", judge_rate_low, hides=("plateau", "underfitting", "silent_class"))
