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


def silence_words() -> dict[str, str]:
    """Return the words of silencing by hand, with the answer before and after."""
    return {
        "node": _("Node"), "choose_node": _("Choose a node"), "part": _("Part"), "number": _("Number"),
        "action": _("Action"), "value": _("Value"), "apply": _("Apply"),
        "kind_layer": _("the whole layer"), "kind_channel": _("channel"), "kind_feature": _("feature of all tokens"),
        "kind_token": _("token"), "kind_unit": _("unit"), "kind_head": _("head"), "kind_first": _("first axis"),
        "action_zero": _("silence (0)"), "action_mean": _("silence (its mean over test samples)"),
        "action_force": _("force to"), "action_scale": _("scale by"),
        "at": _("From 0 to {most}"), "largest": _("A finite number, at most 3.4 × 10³⁸"),
        "none": _("Nothing is changed. Choose a part and apply an action: every view and the prediction follow."),
        "stays": _("The answer stays {name}."), "becomes": _("The answer changes from {before} to {after}."),
        "before": _("before"), "after": _("after"), "logit": _("logit: before → after, change"),
        "prediction": _("prediction: before → after, change"), "more": _("and {count} more"),
        "take_back": _("Undo: {part}"), "undo_last": _("Undo the last"), "reset_all": _("Undo all"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."), **did_words(),
    }


def patching_words() -> dict[str, str]:
    """Return the words of patching."""
    return {
        "node": _("Layer"), "from": _("Values from"), "sample": _("Test sample"), "of": _("Change of"),
        "from_sample": _("a test sample"), "from_second": _("the second input, B"),
        "from_beside": _("the other side of the swipe"),
        "of_answers": _("the answer there minus the answer here"), "of_loss": _("the loss"),
        "verdict": _("{what}: {here} here (answer {answer}), {there} there (answer {other}). With all of {node} from "
                     "there: {all}."),
        "places": _("Each place, all channels at once"), "parts": _("Each channel as a whole"),
        "units": _("Each unit of {node}"),
        "change": _("{title} ({place}): {value}"), "chosen": _("{node} ({unit})"),
        "signed": _("−{limit} to {limit}"), "unsigned": _("0 to {limit}"), "more": _("{shown} of {total}"),
        "hint": _("Point at a value to read the change; click one to look at that unit in every view."),
        "canvas": _("Change of the answer as values of {node} are taken from there: by place, by channel, by unit"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
    }
