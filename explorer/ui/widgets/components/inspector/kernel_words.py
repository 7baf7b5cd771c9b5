"""Texts of the table of kernels, and of changes by hand, in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def kernel_words() -> dict[str, str]:
    """Return the words of the table of kernels."""
    return {**_head(), **_choices(), **_axes(), **_presets(), **_past(), **{
        "canvas": _("Weights {table}, {rows} rows, {columns} columns. Arrow keys choose a kernel, Enter shows the "
                    "arithmetic of its node, Escape the overview."),
        "kernels_of": _("{rows} × {columns} kernels of {size}"),
        "weights_of": _("{rows} × {columns} weights"),
        "frozen": _("frozen: training leaves it as it is, changes by hand work"),
        "scale": _("Colors from −{limit} to {limit}"),
        "since": _("change since step {step}"),
        "hint": _("Point at a weight to read it; click a kernel to change it."),
        "statistics": _("its row: mean {mean}, standard deviation {deviation}, norm {norm}"),
        "choose": _("Click a kernel to see it large, and to change it."),
        "large": _("The chosen kernel, large. Drag a weight up or down, or use the wheel, to change it. Arrow keys "
                   "choose a weight, + and − change it, digits type a new one."),
        "response": _("Frequency response of this kernel: slow waves in the middle, fast ones at the edges"),
        "block": _("Weights: {rows} × {columns}"),
        "weight": _("weight"),
        "weight_at": _("row {y}, column {x}"),
        "no_number": _("Type a number, such as 0.25."),
        "too_large": _("A weight must be a finite number, at most 3.4 × 10³⁸."),
        "not_finite": _("Some of these weights are not finite numbers, so this cannot be computed of them. Choose "
                        "another preset."),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }}


def _head() -> dict[str, str]:
    return {"overview": _("Overview"), "back": _("Back to the overview"), "node": _("Node of the weights"),
            "feeding": _("Go to the weights before these"), "fed": _("Go to the weights after these")}


def _choices() -> dict[str, str]:
    return {
        "choose_table": _("Weights"), "as_maps": _("as maps"),
        "choose_sort": _("Rows by"), "sort_own": _("their number"), "sort_norm": _("norm"),
        "sort_change": _("change since the first step"), "sort_similarity": _("similarity to the chosen one"),
        "choose_show": _("Show"), "show_weights": _("weights"), "show_change": _("change since the first step"),
        "show_frequency": _("weights with frequency response"),
        "choose_scale": _("Scale"), "scale_row": _("by row"), "scale_layer": _("over the layer"),
        "scale_fixed": _("fixed as it is now"),
    }


def _axes() -> dict[str, str]:
    return {"axis_output": _("output"), "axis_input": _("input"), "axis_input channel": _("input channel"),
            "axis_token": _("token"), "axis_feature": _("feature"), "axis_position": _("position"),
            "axis_head": _("head"), "axis_channel": _("channel"), "axis_scale": _("scale"), "bias": _("bias"),
            "shift": _("shift")}


def _presets() -> dict[str, str]:
    return {
        "presets": _("Preset"), "scope": _("What the preset changes"), "of_kernel": _("this kernel"),
        "of_weight": _("this weight"),
        "of_row": _("this row"), "apply": _("Apply"), "applied": _("Put the preset in place of these weights"),
        "preset_identity": _("Identity"), "preset_edge": _("Edges"), "preset_blur": _("Blur"),
        "preset_sharpen": _("Sharpen"), "preset_sobel_x": _("Sobel, left to right"),
        "preset_sobel_y": _("Sobel, top to bottom"), "preset_shift_x": _("Shift the map right by one"),
        "preset_shift_y": _("Shift the map down by one"), "preset_move_right": _("Move the weights right"),
        "preset_move_left": _("Move the weights left"), "preset_move_down": _("Move the weights down"),
        "preset_move_up": _("Move the weights up"), "preset_flip_x": _("Mirror left and right"),
        "preset_flip_y": _("Mirror top and bottom"), "preset_negate": _("Negate"), "preset_double": _("Times 2"),
        "preset_halve": _("Divided by 2"), "preset_zero": _("Zero"),
    }


def _past() -> dict[str, str]:
    return {"undo": _("Undo the last change of a weight (Ctrl+Z)"), "redo": _("Redo (Ctrl+Y)"),
            "reset": _("Reset"), "reset_layer": _("Undo all changes of this node's weights")}


def edited_words() -> dict[str, str]:
    """Return the words of the line about weights that were changed by hand."""
    return {
        "changed": _("{count} weights changed by hand ({names}); every view and the prediction use them."),
        "one_changed": _("1 weight changed by hand ({names}); every view and the prediction use it."),
        "none_changed": _("No weight is changed by hand."),
        "undo": _("Undo the last change of a weight (Ctrl+Z)"), "redo": _("Redo (Ctrl+Y)"),
        "reset_all": _("Undo all"), "keep": _("Keep as a fork"),
        "kept": _("Starts a new run that trains on from this step with these weights"),
    }
