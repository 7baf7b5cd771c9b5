"""Texts of the swipe in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def side_words() -> dict[str, str]:
    """Return the words of the swipe that every view needs: its two sides and its handle."""
    return {
        "swipe": _("Swipe between the two sides"),
        "side_step": _("step {step}"),
        "side_run": _("run {name}"),
        "side_input": _("input {name}"),
        "side_sample": _("sample {sample}"),
        "side_edited": _("changed by hand"),
        "side_kept": _("as trained"),
    }


def chooser_words() -> dict[str, str]:
    """Return the words of the choice of what to compare with."""
    return {
        "compare": _("Compare with"),
        "compare_with_step": _("another step"),
        "compare_with_run": _("another run"),
        "compare_with_input": _("another input"),
        "compare_with_edits": _("the weights as trained"),
        "compare_step": _("Step to compare with"),
        "compare_run": _("Run to compare with"),
        "compare_sample": _("Test sample to compare with"),
        "compare_second": _("Compare with the second input, B"),
        "compare_off": _("Stop comparing"),
    }
