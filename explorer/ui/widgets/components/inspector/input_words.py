"""Texts of the strip of samples and of the input, in the session's language."""

from __future__ import annotations

from explorer.ui.language import _


def strip_words() -> dict[str, str]:
    """Return the words of the strip of test samples."""
    return {
        **_bringing(),
        "samples": _("Test samples: arrow keys choose one"),
        "every_target": _("All targets"),
        "class": _("Target"),
        "verdict": _("Prediction"),
        "all": _("All"),
        "right": _("Right"),
        "wrong": _("Wrong"),
        "confidence": _("Confidence"),
        "confidence_from": _("Lowest confidence, percent"),
        "confidence_to": _("Highest confidence, percent"),
        "order": _("Order"),
        "by_place": _("In the data's order"),
        "by_loss": _("Largest loss first"),
        "by_confidence": _("Least confident first"),
        "count": _("{found} of {of} samples"),
        "count_first": _("{found} of the first {known} samples"),
        "every": _("Evaluate all"),
        "every_help": _("Evaluate the rest of the test set, too: this takes a moment."),
        "stop": _("Stop"),
        "stop_help": _("Keep what is evaluated so far"),
        "progress": _("Evaluated share of the test samples"),
        "loading": _("Loading samples ..."),
        "none": _("No sample fits these filters."),
        "random": _("Random"),
        "random_help": _("Look at a random one of these samples"),
        "draw": _("Draw"),
        "draw_help": _("Open or close a pad to draw on"),
        "sample_class": _("Test sample {place}: true {target}, predicted {predicted} ({confidence} %), loss {loss}"),
        "sample_number": _("Test sample {place}: true {target}, predicted {predicted}, loss {loss}"),
    }


def input_words() -> dict[str, str]:
    """Return the words of the input that is looked at."""
    return {**_bringing(), **_brush(), **_comparison(), **_verdict(), **_text()}


def _bringing() -> dict[str, str]:
    return {
        "upload": _("Upload"),
        "upload_help": _("Choose a file, or drop one on the samples"),
        "paste": _("Paste"),
        "paste_help": _("Take what the clipboard holds; Ctrl+V does the same"),
        "pasted": _("Pasted"),
        "nothing_to_paste": _("The clipboard holds nothing that this network takes."),
        "paste_by_keys": _("The browser does not allow reading the clipboard here. Press Ctrl+V instead."),
        "unreachable": _("The server does not answer. Try again."),
    }


def _brush() -> dict[str, str]:
    return {
        "board": _("Input as the network takes it. Paint with the mouse or a finger; by keyboard, arrow keys move, "
                   "Space paints, Ctrl+Z undoes."),
        "brush": _("Brush"),
        "add": _("Add"),
        "erase": _("Erase"),
        "width": _("Width of the brush"),
        "color": _("Color of the brush"),
        "undo": _("Undo"),
        "reset": _("Back to the unchanged input"),
        "invert": _("Invert dark and bright"),
        "clear": _("Clear"),
        "pixel": _("row {row}, column {column}: {value}"),
        "pad": _("Drawing pad. Delete clears it, Ctrl+Z undoes the last stroke."),
        "pad_hint": _("Draw here"),
        "drawing": _("Drawing"),
        "drawing_note": _("Prepared as MNIST's digits were: cropped, scaled to 20×20, centered by mass in 28×28. "
                          "Close the pad to see it."),
        "changes": _("Changes"),
        "neutral": _("No changes"),
        "edited": _("Test sample {place}, edited"),
        "sample": _("Test sample {place}"),
        "own": _("Own input"),
    }


def _comparison() -> dict[str, str]:
    return {
        "compare": _("Compare with another"),
        "compare_help": _("Keep this input as B, then choose another one as A."),
        "compare_end": _("Stop comparing"),
        "two_inputs": _("Input that is shown"),
        "first_help": _("Show the first input, A"),
        "second_help": _("Show the second input, B"),
        "difference_help": _("Show every value for A minus the one for B"),
        "two_names": _("A: {first} · B: {second}"),
        "difference_verdict": _("Difference of the two inputs, from −1 to 1"),
    }


def _verdict() -> dict[str, str]:
    return {
        "target_class": _("true {target}, predicted {predicted} ({confidence} %)"),
        "target_number": _("true {target}, predicted {predicted}"),
        "only_class": _("predicted {predicted} ({confidence} %)"),
        "only_number": _("predicted {predicted}"),
        "is_right": _("Right:"),
        "is_wrong": _("Wrong:"),
    }


def _text() -> dict[str, str]:
    return {
        "words": _("Text"),
        "words_help": _("The network reads the last {count} characters."),
        "own_words": _("Your own words"),
        "reads": _("The network reads {count} characters: {text}"),
    }
