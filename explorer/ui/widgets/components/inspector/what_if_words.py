"""Texts of what is silenced, forced or scaled in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def intervened_words() -> dict[str, str]:
    """Return the words of the line about what is silenced, forced or scaled, on every tab."""
    return {
        "changed": _("{count} parts of the network changed: {names}. Every view and the prediction follow."),
        "one_changed": _("1 part of the network changed: {names}. Every view and the prediction follow."),
        "undo": _("Undo the last silencing"), "reset_all": _("Undo all"), "view": _("What if"), **did_words(),
    }


def did_words() -> dict[str, str]:
    """Return the words for what was done to a part."""
    return {"did_zero": _("{part} silenced"), "did_mean": _("{part} at its mean"),
            "did_force": _("{part} forced to {value}"), "did_scale": _("{part} × {value}")}
