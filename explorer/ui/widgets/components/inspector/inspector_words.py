"""Texts of Inspect's parts in the session's language; the browser fills in the braces."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.language import _
from explorer.ui.widgets.components.inspector.attention_words import attention_words
from explorer.ui.widgets.components.inspector.attributed_words import attributed_words
from explorer.ui.widgets.components.inspector.attribution_words import attribution_words
from explorer.ui.widgets.components.inspector.backward_words import backward_words
from explorer.ui.widgets.components.inspector.beside_words import chooser_words, side_words
from explorer.ui.widgets.components.inspector.film_words import film_words
from explorer.ui.widgets.components.inspector.gradient_words import flow_words, of_words
from explorer.ui.widgets.components.inspector.histogram_words import histogram_words
from explorer.ui.widgets.components.inspector.input_words import input_words, strip_words
from explorer.ui.widgets.components.inspector.kernel_words import edited_words, kernel_words
from explorer.ui.widgets.components.inspector.maps_words import maps_words
from explorer.ui.widgets.components.inspector.operation_words import operation_words
from explorer.ui.widgets.components.inspector.path_words import path_words
from explorer.ui.widgets.components.inspector.rollout_words import rollout_words
from explorer.ui.widgets.components.inspector.what_if_words import (
    intervened_words,
    patching_words,
    silence_words,
)


def words_of(part: str) -> dict[str, str]:
    """Return the words of a part, with those that all parts need."""
    return {"waiting": _("Computing …"), "save": _("Save"), "save_png": _("Save as PNG"), "save_svg": _("Save as SVG"),
            "save_npz": _("Save the numbers as NPZ"), **side_words(), **_OF_PART.get(part, dict)()}


def _time() -> dict[str, str]:
    return {
        "step": _("Step of training"),
        "step_of": _("{step} of {last}"),
        "earlier": _("Previous kept step"),
        "later": _("Next kept step"),
        "play": _("Play as a film"),
        "pause": _("Stop the film"),
        "speed": _("Speed of the film"),
        "loop": _("Begin again at the end"),
        "epoch": _("epoch {value}"),
        "loss": _("training loss {value}"),
        "validation_loss": _("validation loss {value}"),
        "validation_accuracy": _("validation accuracy {value}"),
        "skip": _("Step {steps} is damaged; the film skips it."),
        "skips": _("{count} steps are damaged ({steps}); the film skips them."),
        **chooser_words(),
    }


def _inside() -> dict[str, str]:
    return {"part": _("Part of the network"), "whole": _("the whole network")}


def _answer() -> dict[str, str]:
    return {"more": _("and {count} more")}


_OF_PART: dict[str, Callable[[], dict[str, str]]] = {
    "time": _time,
    "inside": _inside,
    "answer": _answer,
    "operation": operation_words,
    "path": path_words,
    "samples": strip_words,
    "input": input_words,
    "maps": maps_words,
    "of": of_words,
    "flow": flow_words,
    "backward": backward_words,
    "kernels": kernel_words,
    "edited": edited_words,
    "intervened": intervened_words,
    "silence": silence_words,
    "patching": patching_words,
    "attention": attention_words,
    "attributed": attributed_words,
    "rollout": rollout_words,
    "attribution": attribution_words,
    "film": film_words,
    "histograms": histogram_words,
}
