"""Texts of the choice of what is differentiated and of the flow of gradients; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _
from explorer.ui.widgets.components.inspector.maps_words import inputs_words


def of_words() -> dict[str, str]:
    """Return the words of the choice of what is differentiated."""
    return {
        "of": _("Gradient of"),
        "classes": _("logit of {name}"),
        "characters": _("logit of {name} as the next character"),
        "numbers": _("prediction: {name}"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
    }


def flow_words() -> dict[str, str]:
    """Return the words of the flow of gradients."""
    return inputs_words() | {
        "of": _("of {what}"),
        "averaged": _("mean over {count} test samples"),
        "back": _("Back to what is around this block"),
        "whole": _("the whole network"),
        "norm": _("Norm of gradient"),
        "of_outputs": _("of the layer's output"),
        "of_parameters": _("of its parameters"),
        "by_layer": _("By layer (log scale)"),
        "goal": _("loss"),
        "goal_output": _("output"),
        "beyond": _("beyond"),
        "edge": _("From {target} back to {source}: ‖gradient‖ = {value}"),
        "edge_none": _("From {target} back to {source}: no gradient passes, for whole numbers or a step"),
        "node": _("{node}: ‖∂/∂output‖ = {value}."),
        "node_none": _("{node}: no gradient, for whole numbers or a step."),
        "own": _("‖∂/∂parameters‖ = {value}."),
        "frozen": _("Its parameters are not trained."),
        "frozen_mark": _("not trained"),
        "canvas": _("Flow of gradients through {count} layers. Left and right arrow go from layer to layer, Enter goes "
                    "to one or into a block, Escape out of it."),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }
