"""Texts of the maps of a network's layers in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def inputs_words() -> dict[str, str]:
    """Return the words of the switch between this input and a batch."""
    return {
        "inputs": _("Which inputs"),
        "this_input": _("this input"),
        "batch": _("{count} test samples"),
    }


def maps_words() -> dict[str, str]:
    """Return the words of maps, feature maps and gradient maps alike."""
    return inputs_words() | {
        "layer": _("Layer"),
        "all": _("all layers"),
        "mean": _("Mean of"),
        "mean_signed": _("gradient"),
        "mean_magnitude": _("|gradient|"),
        "more": _("{shown} of {total}: show more"),
        "signed": _("−{limit} to {limit}"),
        "unsigned": _("0 to {limit}"),
        "choose": _("Click a map to see it large, with its numbers."),
        "chosen": _("{node} ({unit})"),
        "value": _("{node} ({unit}) = {value}"),
        "hint": _("Point at a value to read it; click one to go there."),
        "canvas": _("Maps of {count} layers. Arrow keys go from map to map, Enter shows the arithmetic of its largest "
                    "value, Escape chooses none."),
        "operation": _("Operation"),
        "to_operation": _("Show the arithmetic of this value"),
        "unit": _("Unit"),
        "to_unit": _("Show the path from the input to this value"),
        "file": _("maps"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }
