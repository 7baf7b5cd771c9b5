"""Texts of Inspect's parts in the session's language; the browser fills in the braces."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.language import _
from explorer.ui.widgets.components.inspector.attention_words import attention_words
from explorer.ui.widgets.components.inspector.input_words import input_words, strip_words
from explorer.ui.widgets.components.inspector.operation_words import operation_words
from explorer.ui.widgets.components.inspector.path_words import path_words


def words_of(part: str) -> dict[str, str]:
    """Return the words of a part, with those that all parts need."""
    return {"waiting": _("Computing …"), "save": _("Save"), "save_png": _("Save as PNG"), "save_svg": _("Save as SVG"),
            "save_npz": _("Save the numbers as NPZ"), **_OF_PART.get(part, dict)()}


def _time() -> dict[str, str]:
    return {
        "step": _("Step of training"),
        "step_of": _("{step} of {last}"),
        "earlier": _("Previous kept step"),
        "later": _("Next kept step"),
        "play": _("Play as a film"),
        "pause": _("Stop the film"),
    }


def _inside() -> dict[str, str]:
    return {"part": _("Part of the network"), "whole": _("the whole network")}


def _answer() -> dict[str, str]:
    return {"more": _("and {count} more")}


_OF_PART: dict[str, Callable[[], dict[str, str]]] = {
    "time": _time, "inside": _inside, "answer": _answer, "operation": operation_words, "path": path_words,
    "attention": attention_words,
    "samples": strip_words, "input": input_words,
}
