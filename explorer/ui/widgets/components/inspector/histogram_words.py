"""Texts of the histograms over training in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def histogram_words() -> dict[str, str]:
    """Return the words of a layer's histograms at the kept steps."""
    return {
        "overview": _("Overview"),
        "back": _("Back to the overview"),
        "node": _("Layer that is looked at"),
        "feeding": _("Go to what feeds this node"),
        "fed": _("Go to what this node feeds"),
        "counted": _("Values that are counted"),
        "weights": _("Weights"),
        "outputs": _("Outputs"),
        "gradients": _("Gradients of the weights"),
        "over": _("Input that they are computed for"),
        "this_input": _("for this input"),
        "test": _("for 64 test samples"),
        "mode": _("How steps are drawn"),
        "offset": _("steps offset"),
        "overlay": _("steps overlaid"),
        "log": _("log counts"),
        "add_run": _("Draw another run over it"),
        "remove_run": _("Remove this run"),
        "step": _("Step of training"),
        "epoch": _("epoch {value}"),
        "value": _("value"),
        "kept_step": _("step, evenly spaced as kept"),
        "bands": _("median, mean (dashed); 5 to 95 % and 25 to 75 % of values"),
        "moments": _("mean {mean}, standard deviation {spread}"),
        "values": _("{total} values"),
        "part": _("{counted} of {total} values counted"),
        "bin": _("step {step}: {count} values from {low} to {high}"),
        "not_finite": _("{count} values are no finite numbers"),
        "damaged": _("left out as damaged: {count} of the steps ({steps})"),
        "canvas": _("Histograms of this layer's values at each step, and their spread over all steps. Arrow keys go "
                    "from step to step."),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }
