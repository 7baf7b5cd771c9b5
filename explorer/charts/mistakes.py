"""Charts of a run's mistakes, each with a sentence on how to read it."""

from __future__ import annotations

import numpy as np

from explorer.formatting import format_number, format_percent
from explorer.results import Bars, Calibration, CheckUp, Curve, Curves, Heatmap, Mistakes, Report
from explorer.text import Text, text

_PART_ROLES = {"train": "training", "validation": "validation", "test": "test"}
_WELL_CALIBRATED = 0.02  # a mean confidence this near to the accuracy counts as right: our convention
_MAX_CLASSES = 60  # in one plot; a browser would be slow to draw a thousand, and nobody could read them


def confusion(found: Report | CheckUp, title: str = "Confusion matrix") -> Heatmap:
    """Chart the confusion matrix: true classes down, predicted across; of very many, those with the most mistakes.

    >>> found = CheckUp(0, None, 0.5, "", np.array([[3, 1], [0, 4]]), ("cat", "dog"))
    >>> confusion(found).row_labels
    ('cat', 'dog')
    """
    wrong = _mistakes_only(found)
    kept = _foremost(wrong.sum(0) + wrong.sum(1))
    names = tuple(found.class_names[c] for c in kept)
    if len(kept) < len(wrong):
        title = text("Confusion matrix of the {count} most confused classes", count=len(kept))
    return Heatmap(title, found.confusion[np.ix_(kept, kept)], "true class", "predicted class", signed=False,
                   quantity="samples", row_labels=names, column_labels=names)


def _mistakes_only(found: Report | CheckUp) -> np.ndarray:
    """Return the confusion matrix without its diagonal."""
    return found.confusion - np.diag(found.confusion.diagonal())


def _foremost(worth: np.ndarray) -> np.ndarray:
    """Find the indices of the largest values, in ascending order; all if they are not too many."""
    return np.sort(np.argsort(-worth, kind="stable")[:_MAX_CLASSES])


def class_accuracy(report: Report) -> Bars:
    """Chart the accuracy of each class with samples, and their number; of very many, of the hardest."""
    known = np.flatnonzero(report.class_counts)
    kept = known[_foremost(-report.class_accuracy[known])]
    title = "Accuracy by class" if len(kept) == len(known) else \
        text("Accuracy of the {count} hardest classes", count=len(kept))
    labels = tuple(f"{report.class_names[c]} ({report.class_counts[c]:,})" for c in kept)
    values = report.class_accuracy[kept]
    highlight = int(values.argmin()) if values.min() < values.max() else None
    return Bars(title, labels, values, "accuracy", highlight=highlight, limits=(0.0, 1.0))


def calibration(report: Report) -> Curves:
    """Chart accuracy over confidence, with the diagonal of perfect calibration."""
    found = report.calibration
    kept, ends = found.count > 0, np.array([0.0, 1.0])
    measured = Curve("this network", found.confidence[kept].round(4), found.accuracy[kept], _PART_ROLES[report.part])
    ideal = Curve("perfectly calibrated", ends, ends, "ideal")
    return Curves("Calibration", (ideal, measured), "confidence", "accuracy", y_range=(0.0, 1.0))


def confusion_sentence(report: Report) -> Text:
    """Describe the most frequent confusion of two classes."""
    wrong = _mistakes_only(report)
    truth, predicted = np.unravel_index(wrong.argmax(), wrong.shape)
    count = int(wrong[truth, predicted])
    if count == 0:
        return text("No mistakes on these {count} samples.", count=format_number(int(report.confusion.sum())))
    if count == 1:
        return text("No two classes are confused more than once.")
    return text("Most frequent confusion: {truth} predicted as {predicted} ({count} times).",
                truth=report.class_names[truth], predicted=report.class_names[predicted], count=format_number(count))


def class_sentence(report: Report) -> Text:
    """Describe the hardest class and the easiest."""
    shares, counts = report.class_accuracy, report.class_counts
    hardest, easiest = int(np.nanargmin(shares)), int(np.nanargmax(shares))
    if shares[hardest] == shares[easiest]:
        return text("All classes have the same accuracy: {share}.", share=format_percent(shares[hardest]))
    return text("Hardest class: {hardest}, {share} correct of {count} samples. Easiest: {easiest}, {best}.",
                hardest=report.class_names[hardest], share=format_percent(shares[hardest]),
                count=format_number(int(counts[hardest])), easiest=report.class_names[easiest],
                best=format_percent(shares[easiest]))


def calibration_sentence(found: Calibration) -> Text:
    """Describe whether the network is overconfident, and its expected calibration error."""
    gap = found.mean_confidence - found.mean_accuracy
    facts = {"confidence": format_percent(found.mean_confidence), "accuracy": format_percent(found.mean_accuracy),
             "error": format_number(found.error, 3)}
    if gap > _WELL_CALIBRATED:
        return text("Overconfident: mean confidence {confidence}, accuracy {accuracy}. Expected calibration error: "
                    "{error}.", **facts)
    if gap < -_WELL_CALIBRATED:
        return text("Underconfident: mean confidence {confidence}, accuracy {accuracy}. Expected calibration error: "
                    "{error}.", **facts)
    return text("Well calibrated: mean confidence {confidence}, accuracy {accuracy}. Expected calibration error: "
                "{error}.", **facts)


def mistakes_sentence(mistakes: Mistakes) -> Text:
    """Describe the network's confidence in its worst mistake, and what to check."""
    if len(mistakes.index) == 0:
        return text("No mistakes to show.")
    return text("The first was predicted with {share} confidence, and is wrong. Check whether the sample is ambiguous, "
                "its label is wrong, or the network has not learned it.", share=format_percent(mistakes.probability[0]))
