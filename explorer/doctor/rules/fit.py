"""What the curves say of learning: waiting at guessing, too little learned, too much learned by heart."""

from __future__ import annotations

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence
from explorer.doctor.finding import ILL, WATCH, Finding, Rule, level, number
from explorer.doctor.rules.signal import gradients
from explorer.doctor.thresholds import (
    CLASS_SAMPLES,
    LEARNED_OVER_GUESS,
    NEAR_GUESS,
    OVERFIT_ACCURACY_GAP,
    OVERFIT_GAP,
    OVERFIT_ILL_RISE,
    OVERFIT_RISE,
    STILL_FALLING,
    UNDERFIT_LOSS,
    YOUNG_EPOCHS,
)
from explorer.text import Text, text
from explorer.training.records.metrics import LOSS, TRAIN, VALIDATION, EpochRow


def judge_plateau(evidence: Evidence) -> Finding | None:
    """Still guessing, with gradients alive: dead ones are another rule's, and hide this one."""
    recent, guess = float(np.median(evidence.recent_loss)), evidence.guess
    if evidence.last is None or not abs(recent - guess) < NEAR_GUESS * guess or _beats_guessing(evidence):
        return None
    sentence = text("Still guessing, gradients alive, wait: after {steps} steps the loss is {recent}, that of guessing "
                    "is {guess}. But the first layer's gradient is {size}, not zero. {why}",
                    steps=f"{len(evidence.steps):,}", recent=level(evidence.loss_now), guess=level(guess),
                    size=number(float(gradients(evidence.last)[0])), why=_why_it_waits(evidence))
    offered = (cures.MORE_EPOCHS, cures.RELU, cures.BATCH_NORM) if evidence.has_ended else ()
    proof = charts.signal_propagation(evidence.first, evidence.last, "activation_gradient")
    return Finding("plateau", WATCH, sentence, proof, cures.offer(evidence.recipe, *offered))


def _beats_guessing(evidence: Evidence) -> bool:
    """Whether more answers are right than guessing gets, be the loss as it may."""
    share, best = np.mean(evidence.steps.of("accuracy")[-evidence.window:]), evidence.facts.get("guess_accuracy")
    return best is not None and bool(share > LEARNED_OVER_GUESS * best)


def _why_it_waits(evidence: Evidence) -> Text:
    if "Sigmoid" in evidence.last.layers.kinds:
        return text("Each sigmoid passes on a quarter of it at most, so the first layers move slowly; once they have "
                    "turned, the loss falls within an epoch or two.")
    return text("The first layers move slowly; once they have turned, the loss can fall quickly.")


def judge_underfitting(evidence: Evidence) -> Finding | None:
    start, *thirds = evidence.steps.loss[0], *np.array_split(evidence.steps.loss, 3)
    middle, end = float(np.mean(thirds[1])), float(np.mean(thirds[2]))
    if not evidence.has_ended or not end > UNDERFIT_LOSS * evidence.guess:
        return None
    if middle - end > STILL_FALLING * (start - end):
        return _stopped_too_early(evidence, middle, end)
    sentence = text("The training loss has come to rest at {loss}, and guessing has {guess}. It does not "
                    "even fit the samples it learns from: the network is too simple for them, or they are noise.",
                    loss=level(evidence.loss_now), guess=level(evidence.guess))
    return Finding("underfitting", ILL, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, cures.HIDDEN_LAYER, cures.WIDER, cures.MORE_EPOCHS))


def _stopped_too_early(evidence: Evidence, middle: float, end: float) -> Finding:
    sentence = text("Stopped too early: the training loss was still falling, from {middle} in the middle third of the "
                    "steps to {end} in the last, and guessing has {guess}.",
                    middle=level(middle), end=level(end), guess=level(evidence.guess))
    return Finding("underfitting", WATCH, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, cures.MORE_EPOCHS, cures.learning_rate(3, "Larger steps get further.")))


def judge_overfitting(evidence: Evidence) -> Finding | None:
    rows = [row for row in evidence.epochs if None not in (row.value(VALIDATION, LOSS), row.value(TRAIN, LOSS))]
    if len(rows) < 3:
        return None
    best, last = min(rows, key=lambda row: row.value(VALIDATION, LOSS)), rows[-1]
    low, high, train = best.value(VALIDATION, LOSS), last.value(VALIDATION, LOSS), last.value(TRAIN, LOSS)
    if not high > OVERFIT_RISE * low or high < OVERFIT_GAP * train:
        return None
    sentence = text("On held-out samples the loss was lowest after epoch {best} ({low}) and has risen to "
                    "{high} since, while that of the training samples fell to {train}.{accuracy}",
                    best=best.epoch, low=level(low), high=level(high), train=level(train),
                    accuracy=_accuracy_gap(last))
    return Finding("overfitting", _how_bad(best, last), sentence, charts.loss_by_epoch(evidence.numbers),
                   cures.offer(evidence.recipe, cures.fewer_epochs(best.epoch), cures.WEIGHT_DECAY, cures.DROPOUT))


def _how_bad(best: EpochRow, last: EpochRow) -> str:
    """Ill where right answers are lost, too; a rising loss alone may be single samples it is too sure of."""
    train, held_out = last.value(TRAIN, "accuracy"), last.value(VALIDATION, "accuracy")
    gap = 1.0 if train is None else train - (held_out or 0.0)
    has_risen_far = last.value(VALIDATION, LOSS) > OVERFIT_ILL_RISE * best.value(VALIDATION, LOSS)
    return ILL if has_risen_far and gap > OVERFIT_ACCURACY_GAP else WATCH


def _accuracy_gap(row: EpochRow) -> Text | str:
    train, validation = row.value(TRAIN, "accuracy"), row.value(VALIDATION, "accuracy")
    if train is None or validation is None:
        return ""
    return text(" Right answers: {train} in training, {validation} on what it has not seen.",
                train=f"{train:.1%}", validation=f"{validation:.1%}")


def judge_silent_class(evidence: Evidence) -> Finding | None:
    confusion = None if evidence.last is None else evidence.last.confusion
    is_young = not evidence.has_ended and len(evidence.epochs) < YOUNG_EPOCHS
    if confusion is None or is_young or not _has_learned(confusion):
        return None
    silent = [i for i in range(len(confusion)) if confusion[:, i].sum() == 0 and confusion[i].sum() >= CLASS_SAMPLES]
    if not silent:
        return None
    names = evidence.last.class_names
    told = int(confusion[silent[0]].argmax())
    sentence = text("It never says {classes}. {count} held-out samples are of class {first}, none is recognized: "
                    "most are taken for {told}.", classes=", ".join(names[i] for i in silent),
                    first=names[silent[0]], count=int(confusion[silent[0]].sum()), told=names[told])
    return Finding("silent_class", ILL, sentence,
                   charts.confusion(evidence.last, "What it says to held-out samples"),
                   cures.offer(evidence.recipe, cures.another_seed(evidence.recipe.seed + 1), cures.MORE_EPOCHS,
                               cures.learning_rate(0.1, "A smaller step does not drive a class away for good.")))


def _has_learned(confusion: np.ndarray) -> bool:
    """Whether it does clearly better than always saying the largest class; before that, silence means nothing."""
    total = confusion.sum()
    return total > 0 and np.trace(confusion) / total > LEARNED_OVER_GUESS * confusion.sum(1).max() / total


PLATEAU = Rule("plateau", "Plateau", judge_plateau, hides=("underfitting", "silent_class"))
UNDERFITTING = Rule("underfitting", "Underfitting", judge_underfitting, hides=("silent_class",))
OVERFITTING = Rule("overfitting", "Overfitting", judge_overfitting)
SILENT_CLASS = Rule("silent_class", "A class that is never predicted", judge_silent_class)
