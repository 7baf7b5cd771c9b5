"""A report on a run's mistakes as results to be drawn, and what to read from each in a sentence."""

from __future__ import annotations

import numpy as np

from explorer.formatting import format_number, format_percent
from explorer.results import Bars, Calibration, CheckUp, Curve, Curves, Heatmap, Mistakes, Report
from explorer.text import Text, text

_PART_ROLES = {"train": "training", "validation": "validation", "test": "test"}
_WELL_CALIBRATED = 0.02  # a mean confidence this near to the accuracy counts as right: our convention
_MAX_CLASSES = 60  # in one plot; a browser would be slow to draw a thousand, and nobody could read them


def confusion(found: Report | CheckUp, title: str = "Confusion matrix") -> Heatmap:
    """True classes down, said classes across; of very many those with the most mistakes."""
    wrong = _mistakes_only(found)
    kept = _foremost(wrong.sum(0) + wrong.sum(1))
    names = tuple(found.class_names[c] for c in kept)
    if len(kept) < len(wrong):
        title = text("Confusion matrix of the {count} classes mixed up most", count=len(kept))
    return Heatmap(title, found.confusion[np.ix_(kept, kept)], "true class", "said class", signed=False,
                   quantity="samples", row_labels=names, column_labels=names)


def _mistakes_only(found: Report | CheckUp) -> np.ndarray:
    """The confusion matrix without its diagonal."""
    return found.confusion - np.diag(found.confusion.diagonal())


def _foremost(worth: np.ndarray) -> np.ndarray:
    """The places of the largest values, in their order; all where they are not too many."""
    return np.sort(np.argsort(-worth, kind="stable")[:_MAX_CLASSES])


def class_accuracy(report: Report) -> Bars:
    """The accuracy of each class that has samples, with their number; of very many, of the hardest."""
    known = np.flatnonzero(report.class_counts)
    kept = known[_foremost(-report.class_accuracy[known])]
    title = "Accuracy by class" if len(kept) == len(known) else \
        text("Accuracy of the {count} hardest classes", count=len(kept))
    labels = tuple(f"{report.class_names[c]} ({report.class_counts[c]:,})" for c in kept)
    values = report.class_accuracy[kept]
    highlight = int(values.argmin()) if values.min() < values.max() else None
    return Bars(title, labels, values, "share of right answers", highlight=highlight, limits=(0.0, 1.0))


def calibration(report: Report) -> Curves:
    """The share of right answers over confidence, and the diagonal on which the two are the same."""
    found = report.calibration
    kept, ends = found.count > 0, np.array([0.0, 1.0])
    measured = Curve("this network", found.confidence[kept].round(4), found.accuracy[kept], _PART_ROLES[report.part])
    ideal = Curve("perfectly calibrated", ends, ends, "ideal")
    return Curves("Calibration", (ideal, measured), "confidence", "share of right answers", y_range=(0.0, 1.0))


def confusion_sentence(report: Report) -> Text:
    """The pair of classes that is mixed up most."""
    wrong = _mistakes_only(report)
    truth, said = np.unravel_index(wrong.argmax(), wrong.shape)
    count = int(wrong[truth, said])
    if count == 0:
        return text("It makes no mistake on these {count} samples.", count=format_number(int(report.confusion.sum())))
    if count == 1:
        return text("No class is taken for the same other class more than once.")
    return text("Most often {truth} is taken for {said} ({count} times).", truth=report.class_names[truth],
                said=report.class_names[said], count=format_number(count))


def class_sentence(report: Report) -> Text:
    """The hardest class and the easiest."""
    shares, counts = report.class_accuracy, report.class_counts
    hardest, easiest = int(np.nanargmin(shares)), int(np.nanargmax(shares))
    if shares[hardest] == shares[easiest]:
        return text("Every class is right equally often: {share}.", share=format_percent(shares[hardest]))
    return text("{hardest} is the hardest: {share} of its {count} samples are right. {easiest} is the easiest, with "
                "{best}.", hardest=report.class_names[hardest], share=format_percent(shares[hardest]),
                count=format_number(int(counts[hardest])), easiest=report.class_names[easiest],
                best=format_percent(shares[easiest]))


def calibration_sentence(found: Calibration) -> Text:
    """Whether it is too sure of itself, on average, and the expected calibration error."""
    gap = found.mean_confidence - found.mean_accuracy
    facts = {"sure": format_percent(found.mean_confidence), "right": format_percent(found.mean_accuracy),
             "error": format_number(found.error, 3)}
    if gap > _WELL_CALIBRATED:
        return text("It is too sure of itself: on average it is {sure} sure, and right in {right}. Expected "
                    "calibration error: {error}.", **facts)
    if gap < -_WELL_CALIBRATED:
        return text("It could be surer of itself: on average it is {sure} sure, and right in {right}. Expected "
                    "calibration error: {error}.", **facts)
    return text("It is as sure as it may be: on average {sure} sure, and right in {right}. Expected calibration "
                "error: {error}.", **facts)


def mistakes_sentence(mistakes: Mistakes) -> Text:
    """How sure it was of its worst mistake, and what to look for."""
    if len(mistakes.index) == 0:
        return text("There is no mistake to show.")
    return text("It was {share} sure of the first, and wrong. Look whether the sample is unclear, its label wrong, or "
                "the network at fault.", share=format_percent(mistakes.probability[0]))
