"""Texts of the path of a unit in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def path_words() -> dict[str, str]:
    """Return the words of the path from the input to a unit."""
    return {
        "overview": _("Overview"),
        "back": _("Back to the overview"),
        "node": _("Node of the unit"),
        "feeding": _("Go to what feeds this node"),
        "fed": _("Go to what this node feeds"),
        "open": _("Arithmetic"),
        "opened": _("Show the arithmetic of this unit"),
        "canvas": _("Path from the input to unit ({unit}) of {node}, over {count} nodes. Arrow keys move the unit "
                    "within its map, page up and down between maps, Enter shows its arithmetic, Escape the overview."),
        "unit": _("unit ({unit})"),
        "largest": _("largest it reads"),
        "largest_in": _("largest in map {index}"),
        "whole": _("reads all of it"),
        "window": _("{window} of {shape}"),
        "patch": _("What it reads"),
        "pixels": _("{size} pixels"),
        "drawn": _("1 of {count} values drawn"),
        "nearest": _("Go to unit ({unit})"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
        "branches": _("also {names}"),
        "hint": _("Point at a value to read it; click one to go there."),
        "value": _("{node} ({unit}) = {value}"),
        "named_value": _("{node} ({unit}), {name} = {value}"),
    }
