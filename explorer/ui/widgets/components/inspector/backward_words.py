"""Texts of the way back in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def backward_words() -> dict[str, str]:
    """Return the words of the view of one value's gradient, and of the way from the loss to it."""
    return {
        "overview": _("Overview"),
        "back": _("Back to the overview"),
        "node": _("Node whose gradient is followed"),
        "feeding": _("Go to what feeds this node"),
        "fed": _("Go to what this node feeds"),
        "loss": _("loss"),
        "trail": _("From the loss"),
        "toward_loss": _("Toward the loss"),
        "toward_input": _("Toward the input"),
        "go": _("Follow the gradient to {name}"),
        "frozen": _("frozen"),
        "gradient_of": _("∂L/∂ {name}"),
        "gradient_of_what": _("gradient of {of}"),
        "arriving": _("Arriving"),
        "read_by": _("through {name}"),
        "begins": _("∂L/∂L = 1: the way back begins here. Go on toward the input."),
        "line": _("{name} = {value}, gradient {line}"),
        "reading": _("∂L/∂ {name} = {gradient}"),
        "term": _("through {name}: {line}"),
        "canvas": _("Gradient of {name}, over {count} paths. Arrow keys move to the next value, Enter goes toward the "
                    "input, Escape toward the loss."),
        "spoken": _("The gradient of {name} is {gradient}: {line}"),
        "mode": _("Evaluation mode, as everywhere in Inspect: dropout is off, batch norm uses its recorded statistics; "
                  "the loss is that of this sample alone."),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
        "Arriving gradient": _("Arriving gradient"),
        "Local derivative": _("Local derivative"),
        "Products": _("Products"),
        "Sum": _("Sum"),
        "All others": _("All others"),
        "more": _("+ {count} more"),
        "row_channel": _("channel"),
        "row_feature": _("feature"),
        "row_token": _("token"),
        "row_class": _("class"),
        "row_key": _("key"),
        "row_unit": _("unit"),
        "row_term": _("unit"),
    }
