"""Texts of the Operation view in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _

# Of explorer/operations/arithmetic, where they are marked for translation.
STEP_TITLES = (
    "Patch of the input", "Kernel", "Patch × kernel", "Sum by channel", "Bias", "Result", "Window of the input",
    "Largest of the window", "Sum", "Divisor", "Input", "Weights of this unit", "Query", "Key",
    "Weights of this query", "Values", "Products", "Scaled", "Recorded mean", "Recorded variance",
    "Values that are normalized together", "Mean", "Variance", "Mean square", "Value", "Normalized", "Shifted",
    "Inputs along the axis", "Largest", "Exponentials, after the largest is subtracted", "Share of the sum",
    "Logarithm", "Learned slope", "Token", "Filled in", "Place in {name}", "Values that are read", "Their weights",
    "Softmax of the output", "Share of the target", "Mean logarithm over all classes",
    "Minus its logarithm, for each token", "Loss", "Sigmoid of the output", "Side of the target",
    "Squared differences", "Absolute differences", "Huber of the differences", "Output minus target",
    "Input of this step", "Weights of the input", "Input × weights", "Hidden state before",
    "Weights of the hidden state", "Hidden state × weights", "W x", "U h", "b₁", "b₂", "Sum of the gate",
    "After the activation", "Cell before", "New cell: forget · cell + input · candidate", "tanh of the new cell",
    "This unit's state before", "New hidden state", "Query, projected", "Key, projected",
    "tanh of their sum", "Weights of the hidden layer", "φ of the query", "φ of the keys",
    "Similarity of the query to each key", "Sum of the similarities",
)


def operation_words() -> dict[str, str]:
    """Return the words of the view and the titles of the steps that the browser computes, by their English."""
    return {**_controls(), **_picture(), **{title: _(title) for title in STEP_TITLES}, **_short_titles()}


def _controls() -> dict[str, str]:
    return {
        "overview": _("Overview"),
        "back": _("Back to the overview"),
        "node": _("Node whose operation is shown"),
        "feeding": _("Go to what feeds this node"),
        "fed": _("Go to what this node feeds"),
        "play": _("Go through all units of the result"),
        "pause": _("Stop"),
        "previous_unit": _("Previous unit"),
        "next_unit": _("Next unit"),
        "units": _("All units of the result in order"),
        "speed": _("Speed"),
        "per_second": _("{count}/s"),
        "previous_step": _("One step of the arithmetic less"),
        "next_step": _("Next step of the arithmetic"),
        "play_steps": _("Show the arithmetic step by step"),
        "step_of": _("step {step} of {count}"),
        "no_node": _("Choose a node to see its operation."),
        "nearest": _("Look at the nearest unit, ({unit})"),
        "strongest": _("Look at the strongest unit"),
    }


def _picture() -> dict[str, str]:
    return {
        "canvas": _("Operation of {node}, {block}: {count} units. Arrow keys move between units, page up and down "
                    "between maps, plus and minus go through the arithmetic, Escape lets go of the unit."),
        "unit": _("unit ({unit})"),
        "spoken": _("Unit ({unit}) is {value}. {line}"),
        "about": _("about"),
        "all_maps": _("all maps"),
        "result": _("result"),
        "more": _("+ {count} more"),
        "row_channel": _("channel"),
        "row_feature": _("feature"),
        "row_token": _("token"),
        "row_class": _("class"),
        "row_key": _("key"),
        "row_unit": _("unit"),
        "row_gate": _("gate"),
        "gates_3": _("reset r, update z, candidate n"),
        "gates_4": _("input i, forget f, candidate g, output o"),
        "mean": _("mean"),
        "deviation": _("deviation"),
    }


def _short_titles() -> dict[str, str]:
    """Shorten the titles of steps that would not fit above their numbers."""
    return {
        "Patch of the input": _("Patch"),
        "Window of the input": _("Window"),
        "Inputs along the axis": _("Inputs"),
        "Exponentials, after the largest is subtracted": _("exp(x − largest)"),
        "Input of this step": _("Input"),
        "New cell: forget · cell + input · candidate": _("f · cell + i · g"),
        "This unit's state before": _("State before"),
        "New hidden state": _("New state"),
        "tanh of the new cell": _("tanh(cell)"),
        "Hidden state before": _("State before"),
        "Weights of the input": _("Weights"),
        "Input × weights": _("Products"),
        "Weights of the hidden state": _("Weights"),
        "Hidden state × weights": _("Products"),
        "Sum of the gate": _("Sum"),
        "After the activation": _("Activation"),
        "Similarity of the query to each key": _("Similarity"),
        "Weights of the hidden layer": _("Weights"),
        "Sum of the similarities": _("Sum"),
        "Minus its logarithm, for each token": _("−ln of it"),
        "Mean logarithm over all classes": _("Mean logarithm"),
        "Huber of the differences": _("Huber"),
    }
