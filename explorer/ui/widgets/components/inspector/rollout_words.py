"""Texts of attention through all layers in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def rollout_words() -> dict[str, str]:
    """Return the words of attention through all layers."""
    return {
        "from": _("From"),
        "output": _("the output"),
        "query": _("the chosen query"),
        "class": _("Class"),
        "predicted": _("predicted"),
        "scale": _("0 to {most}"),
        "read_from": _("Read from {start}."),
        "lone": _("class token"),
        "patch": _("patch at row {top}, column {left}"),
        "canvas": _("Maps of how much each part of the input reaches the output through attention"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }
