"""Texts of attributions side by side in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def attribution_words() -> dict[str, str]:
    """Return the words of attributions side by side."""
    return _choice_words() | _tool_words() | {
        "compute": _("Compute (about {seconds} s)"),
        "cancel": _("Cancel"),
        "here": _("here {value}"),
        "sum": _("adds up to {sum} of {difference}"),
        "error": _("error {error} over {samples} samples"),
        "error_here": _("error {error} on this input"),
        "measuring": _("measuring the error …"),
        "least": _("less than 0.01 %"),
        "no_error": _("no error: the number is that of the baseline"),
        "no_promise": _("no promise to add up"),
        "wrong": _("Wrong: off by {error}"),
        "prepare": _("Switch the prepared copy on"),
        "explains": _("What counts for {what}"),
        "pixel": _("row {row}, column {column}"),
        "feature": _("{name}"),
        "file": _("attributions"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }


def _choice_words() -> dict[str, str]:
    return {
        "explained": _("Explain"),
        "minus": _("minus"),
        "minus_hint": _("The difference of two numbers: why this one and not that one"),
        "nothing": _("nothing"),
        "add": _("Method"),
        "full": _("At most {most} methods fit side by side. Remove one first."),
        "remove": _("Remove {method}"),
        "options": _("Options of {method}"),
        "defaults": _("Defaults"),
        "unknown": _("There is no method called {names}."),
    }


def _tool_words() -> dict[str, str]:
    return {
        "prepared": _("Prepared copy"),
        "prepared_short": _("the same network, as methods with rules need it"),
        "prepared_hint": _("Methods that follow rules need every activation used once, not in place, and not directly "
                           "beside max pooling. A copy of the network is prepared so; it gives the same outputs. "
                           "Switch it off to see the error without it."),
        "colors": _("Colors"),
        "signed": _("Signed"),
        "magnitude": _("Magnitude"),
        "scales": _("Scale"),
        "own_scale": _("Own scale"),
        "shared_scale": _("One scale"),
        "over": _("Over the input"),
        "strength": _("Strength of the colors over the input"),
        "channel": _("Channels of the input"),
        "all_channels": _("all channels"),
        "one_channel": _("channel {channel}"),
        "sorted": _("Largest first"),
    }
