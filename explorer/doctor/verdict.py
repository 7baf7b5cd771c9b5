"""Verdict on a twin: a comparison with its parent, once it has ended."""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer.doctor.diagnosis import judge, title_of
from explorer.doctor.evidence import Evidence, gather
from explorer.doctor.finding import Finding, level
from explorer.doctor.thresholds import ABOVE_CHANCE, ERRORS_OF_ACCURACY, LOSS_DIFFERENCE
from explorer.formatting import format_percent
from explorer.text import Text, text
from explorer.training.records.metrics import LOSS, VALIDATION
from explorer.training.runs.store import Run

HELPED, SAME, WORSE = "helped", "same", "worse"


@dataclass(frozen=True)
class Verdict:
    """Outcome of a twin: HELPED, SAME or WORSE, by its score. is_gone: whether the finding is.

    >>> from explorer.text import text
    >>> Verdict(HELPED, text("Helped: loss 2.303 → 0.412."), is_gone=True).kind
    'helped'
    """

    kind: str
    sentence: Text
    is_gone: bool


@dataclass(frozen=True)
class Score:
    """Score of a run: accuracy (higher is better) or loss (lower is better), on held-out samples if there are any.

    error: the standard error of an accuracy; chance: accuracies below this are no better than chance.
    """

    value: float
    is_accuracy: bool
    error: float = 0.0
    chance: float = 0.0

    @property
    def words(self) -> str:
        return format_percent(self.value) if self.is_accuracy else level(self.value)


def judge_twin(parent: Run, twin: Run, rule: str) -> Verdict:
    """Compare a twin with its parent. Raises RunDeleted, DamagedMetrics, or DocumentError if their files are damaged.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> from explorer.training import RunStore
    >>> run = RunStore(mkdtemp()).create(zoo.recipe("playground"))
    >>> judge_twin(run, run, "too_early").is_gone
    False
    """
    return compare(gather(parent), gather(twin), rule)


def compare(parent: Evidence, twin: Evidence, rule: str) -> Verdict:
    """Compare scores, and check whether the doctor still makes this finding on the twin."""
    found = judge(twin)
    is_gone = rule not in [finding.rule for finding in found]
    before, after = score(parent), score(twin)
    kind = {1: HELPED, 0: SAME, -1: WORSE}[_change(before, after)]
    return Verdict(kind, _sentence(kind, is_gone, before, after, found[0]), is_gone)


def score(evidence: Evidence) -> Score:
    """Score a run by its last validation accuracy or loss, else by its training loss; infinite if it diverged."""
    last = evidence.epochs[-1] if evidence.epochs else None
    if evidence.first_bad is not None:
        return Score(math.inf, False)
    share = last.value(VALIDATION, "accuracy") if last else None
    if share is not None:
        count = evidence.facts.get("validation_samples", 1)
        chance = ABOVE_CHANCE * (evidence.facts.get("guess_accuracy") or 0.0)
        return Score(share, True, math.sqrt(max(share * (1 - share), 1e-4) / max(count, 1)), chance)
    loss = last.value(VALIDATION, LOSS) if last else None
    return Score(float(evidence.loss_now if loss is None else loss), False)


def _change(before: Score, after: Score) -> int:
    """Return 1 if better, -1 if worse, 0 if the difference may be noise."""
    if before.is_accuracy and after.is_accuracy:
        beyond = ERRORS_OF_ACCURACY * math.hypot(before.error, after.error)
        both_at_chance = before.value < before.chance and after.value < after.chance
        return 0 if both_at_chance else _sign(after.value - before.value, beyond)
    if before.is_accuracy != after.is_accuracy:  # one of them diverged
        return 1 if after.is_accuracy else -1
    if math.isinf(before.value) or math.isinf(after.value):
        return int(math.isinf(before.value)) - int(math.isinf(after.value))
    return _sign(before.value - after.value, LOSS_DIFFERENCE * abs(before.value))


def _sign(difference: float, beyond: float) -> int:
    return 0 if abs(difference) <= beyond else (1 if difference > 0 else -1)


def _sentence(kind: str, is_gone: bool, before: Score, after: Score, now: Finding) -> Text:
    word = {HELPED: text("Helped"), SAME: text("Made no difference"), WORSE: text("Made it worse")}[kind]
    if kind == SAME and is_gone:
        word = text("No better yet")
    what = text("validation accuracy") if before.is_accuracy and after.is_accuracy else text("loss")
    state = text("the finding is gone; now: {now}", now=text(title_of(now.rule))) if is_gone \
        else text("the finding is still there")
    return text("{word}: {what} {before} → {after}; {state}.", word=word, what=what, before=_shown(before),
                after=_shown(after), state=state)


def _shown(score: Score) -> Text | str:
    return text("none (diverged)") if math.isinf(score.value) else score.words
