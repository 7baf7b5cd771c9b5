"""Texts of attributions over the test set in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def attributed_words() -> dict[str, str]:
    """Return the words of samples in rows with their attributions."""
    return _choosing() | _explaining() | {
        "rows": _("Test samples with their attributions. A click looks at one of them, side by side."),
        "row": _("Sample {place}: {predicted}"),
        "row_sure": _("Sample {place}: {predicted} ({sure})"),
        "row_wrong": _("{row}, right would be {expected}"),
        "right_would_be": _("not {expected}"),
        "target_number": _("data {expected}"),
        "sample": _("no. {place}"),
        "value_map": _("{title} of sample {place}, row {row}, column {column}: {value}"),
        "value_named": _("{title} of sample {place}, {name}: {value}"),
        "hint": _("Each row is a test sample; blue counts for what is explained, orange against it. Click a row to "
                  "look at it side by side."),
        "largest": _("±{limit}"),
        "file": _("attributions"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }


def _choosing() -> dict[str, str]:
    return {
        "verdict": _("Prediction"),
        "all": _("All"),
        "right": _("Right"),
        "wrong": _("Mistakes"),
        "true_class": _("True class"),
        "predicted_class": _("Answer"),
        "any": _("any"),
        "order": _("Order"),
        "by_sure": _("Most confident first"),
        "by_confidence": _("Least confident first"),
        "by_loss": _("Largest loss first"),
        "by_error": _("Largest error first"),
        "by_place": _("In the data's order"),
        "judged": _("{found} of {of} samples"),
        "judged_first": _("{found} of the first {known} of {of} samples"),
        "judge_rest": _("Evaluate all"),
        "judge_help": _("Evaluate the rest of the test set, too: this takes a moment."),
        "stop": _("Stop"),
        "none": _("No sample fits these choices."),
        "earlier": _("Previous samples"),
        "later": _("Next samples"),
        "range": _("{first}–{last} of {count}"),
    }


def _explaining() -> dict[str, str]:
    return {
        "methods": _("Methods"),
        "add": _("+ method"),
        "remove": _("Leave out {title}"),
        "explained": _("Explained"),
        "predicted": _("predicted class"),
        "true": _("true class"),
        "predicted_number": _("predicted number"),
        "loss": _("loss"),
        "less": _("minus"),
        "nothing": _("nothing"),
        "scale": _("Scale"),
        "by_method": _("By method"),
        "one_for_all": _("One for all"),
        "each": _("Each map its own"),
    }
