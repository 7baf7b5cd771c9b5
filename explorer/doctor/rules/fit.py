"""Rules on the curves: a plateau at chance level, underfitting, overfitting, a class never predicted."""

from __future__ import annotations

import numpy as np

from explorer import charts
from explorer.doctor import cures
from explorer.doctor.evidence import Evidence
from explorer.doctor.finding import SEVERE, WATCH, Finding, Rule, level, number
from explorer.doctor.rules.signal import gradients
from explorer.doctor.thresholds import (
    ABOVE_CHANCE,
    CLASS_SAMPLES,
    NEAR_CHANCE,
    OVERFIT_ACCURACY_GAP,
    OVERFIT_GAP,
    OVERFIT_RISE,
    OVERFIT_SEVERE_RISE,
    STILL_FALLING,
    UNDERFIT_LOSS,
    YOUNG_EPOCHS,
)
from explorer.formatting import format_percent
from explorer.text import Text, text
from explorer.training.records.metrics import LOSS, TRAIN, VALIDATION, EpochRow

_SAMPLES = {VALIDATION: ("held-out samples", "Predictions for held-out samples"),
            TRAIN: ("training samples", "Predictions for training samples")}


def judge_plateau(evidence: Evidence) -> Finding | None:
    """Find a loss at chance level while gradients flow; vanishing ones are another rule's, which hides this one."""
    recent, chance = float(np.median(evidence.recent_loss)), evidence.chance_loss
    if evidence.last is None or not abs(recent - chance) < NEAR_CHANCE * chance or _beats_chance(evidence):
        return None
    sentence = text("Still at chance level, but gradients are flowing: keep training. After {steps} steps the loss is "
                    "{recent}; chance level is {chance}. The gradient at the first layer has norm {size}. {why}",
                    steps=f"{len(evidence.steps):,}", recent=level(evidence.loss_now), chance=level(chance),
                    size=number(float(gradients(evidence.last)[0])), why=_why_it_waits(evidence))
    offered = (cures.MORE_EPOCHS, cures.RELU, cures.BATCH_NORM) if evidence.has_ended else ()
    proof = charts.signal_propagation(evidence.first, evidence.last, "activation_gradient")
    return Finding("plateau", WATCH, sentence, proof, cures.offer(evidence.recipe, *offered))


def _beats_chance(evidence: Evidence) -> bool:
    """Check whether the accuracy is better than chance, whatever the loss."""
    share, best = np.mean(evidence.steps.of("accuracy")[-evidence.window:]), evidence.facts.get("guess_accuracy")
    return best is not None and bool(share > ABOVE_CHANCE * best)


def _why_it_waits(evidence: Evidence) -> Text:
    if "Sigmoid" in evidence.last.layers.kinds:
        return text("Each sigmoid passes on at most a quarter of it, so the first layers change slowly; once they have "
                    "adapted, the loss usually falls within an epoch or two.")
    return text("The first layers change slowly; once they have adapted, the loss can fall quickly.")


def judge_underfitting(evidence: Evidence) -> Finding | None:
    start, *thirds = evidence.steps.loss[0], *np.array_split(evidence.steps.loss, 3)
    middle, end = float(np.mean(thirds[1])), float(np.mean(thirds[2]))
    if not evidence.has_ended or not end > UNDERFIT_LOSS * evidence.chance_loss:
        return None
    if middle - end > STILL_FALLING * (start - end):
        return _stopped_too_early(evidence, middle, end)
    sentence = text("The training loss has leveled off at {loss}; chance level is {chance}. The network does not even "
                    "fit its training samples: it is too simple for them, or they are noise.",
                    loss=level(evidence.loss_now), chance=level(evidence.chance_loss))
    return Finding("underfitting", SEVERE, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, cures.HIDDEN_LAYER, cures.WIDER, cures.MORE_EPOCHS))


def _stopped_too_early(evidence: Evidence, middle: float, end: float) -> Finding:
    sentence = text("Stopped too early: the training loss was still falling, from {middle} in the middle third of the "
                    "steps to {end} in the last; chance level is {chance}.",
                    middle=level(middle), end=level(end), chance=level(evidence.chance_loss))
    return Finding("underfitting", WATCH, sentence, evidence.loss_chart,
                   cures.offer(evidence.recipe, cures.MORE_EPOCHS,
                               cures.learning_rate(3, "Larger steps make more progress.")))


def judge_overfitting(evidence: Evidence) -> Finding | None:
    rows = [row for row in evidence.epochs if None not in (row.value(VALIDATION, LOSS), row.value(TRAIN, LOSS))]
    if len(rows) < 3:
        return None
    best, last = min(rows, key=lambda row: row.value(VALIDATION, LOSS)), rows[-1]
    low, high, train = best.value(VALIDATION, LOSS), last.value(VALIDATION, LOSS), last.value(TRAIN, LOSS)
    if not high > OVERFIT_RISE * low or high < OVERFIT_GAP * train:
        return None
    sentence = text("The validation loss was lowest after epoch {best} ({low}) and has since risen to {high}, while "
                    "the training loss fell to {train}.{accuracy}",
                    best=best.epoch, low=level(low), high=level(high), train=level(train),
                    accuracy=_accuracy_gap(last))
    return Finding("overfitting", _overfitting_severity(best, last), sentence, charts.loss_by_epoch(evidence.numbers),
                   cures.offer(evidence.recipe, cures.fewer_epochs(best.epoch), cures.WEIGHT_DECAY, cures.DROPOUT))


def _overfitting_severity(best: EpochRow, last: EpochRow) -> str:
    """Judge by accuracy too: a rising loss alone may come from a few overconfident mistakes."""
    train, held_out = last.value(TRAIN, "accuracy"), last.value(VALIDATION, "accuracy")
    gap = 1.0 if train is None else train - (held_out or 0.0)
    has_risen_far = last.value(VALIDATION, LOSS) > OVERFIT_SEVERE_RISE * best.value(VALIDATION, LOSS)
    return SEVERE if has_risen_far and gap > OVERFIT_ACCURACY_GAP else WATCH


def _accuracy_gap(row: EpochRow) -> Text | str:
    train, validation = row.value(TRAIN, "accuracy"), row.value(VALIDATION, "accuracy")
    if train is None or validation is None:
        return ""
    return text(" Accuracy: {train} on training samples, {validation} on held-out samples.",
                train=format_percent(train), validation=format_percent(validation))


def judge_silent_class(evidence: Evidence) -> Finding | None:
    confusion = None if evidence.last is None else evidence.last.confusion
    is_young = not evidence.has_ended and len(evidence.epochs) < YOUNG_EPOCHS
    if confusion is None or is_young or not _has_learned(confusion):
        return None
    silent = [i for i in range(len(confusion)) if confusion[:, i].sum() == 0 and confusion[i].sum() >= CLASS_SAMPLES]
    if not silent:
        return None
    names = evidence.last.class_names
    predicted = int(confusion[silent[0]].argmax())
    samples, title = _SAMPLES[evidence.last.part]
    sentence = text("Never predicted: {classes}. Of {count} {samples} of class {first}, none is recognized; "
                    "most are predicted as {predicted}.", classes=", ".join(names[i] for i in silent),
                    samples=text(samples), first=names[silent[0]], count=int(confusion[silent[0]].sum()),
                    predicted=names[predicted])
    return Finding("silent_class", SEVERE, sentence, charts.confusion(evidence.last, title),
                   cures.offer(evidence.recipe, cures.another_seed(evidence.recipe.seed + 1), cures.MORE_EPOCHS,
                               cures.learning_rate(0.1, "Smaller steps are less likely to lose a class for good.")))


def _has_learned(confusion: np.ndarray) -> bool:
    """Check that it is clearly better than always predicting the largest class; before that, nothing follows."""
    total = confusion.sum()
    return total > 0 and np.trace(confusion) / total > ABOVE_CHANCE * confusion.sum(1).max() / total


PLATEAU = Rule("plateau", "Plateau", judge_plateau, hides=("underfitting", "silent_class"))
UNDERFITTING = Rule("underfitting", "Underfitting", judge_underfitting, hides=("silent_class",))
OVERFITTING = Rule("overfitting", "Overfitting", judge_overfitting)
SILENT_CLASS = Rule("silent_class", "Class never predicted", judge_silent_class)
