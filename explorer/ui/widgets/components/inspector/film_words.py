"""Texts of the film of training in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def film_words() -> dict[str, str]:
    """Return the words of the film of a map or of a layer's weights."""
    return {
        "overview": _("Overview"),
        "back": _("Back to the overview"),
        "node": _("Layer that is filmed"),
        "feeding": _("Go to what feeds this node"),
        "fed": _("Go to what this node feeds"),
        "filmed": _("What is filmed"),
        "kernels": _("Weights of the layer"),
        "map": _("A map or a head, for this input"),
        "map_of": _("map {map} of {count}"),
        "previous_map": _("Previous map"),
        "next_map": _("Next map"),
        "scale": _("Scale of the colors"),
        "scale_all": _("One scale for all frames"),
        "scale_each": _("each frame on its own scale"),
        "scale_is": _("scale {low} to {high}"),
        "value_at": _("row {row}, column {column}: {value}"),
        "weight_at": _("output {output}, input {input}, row {row}, column {column}: {value}"),
        "step": _("Step of training"),
        "play": _("Play as a film"),
        "pause": _("Stop the film"),
        "speed": _("Speed of the film"),
        "loop": _("Begin again at the end"),
        "epoch": _("epoch {value}"),
        "loss": _("training loss {value}"),
        "loading": _("{count} of {total} frames are here"),
        "damaged": _("left out as damaged: {count} of the steps ({steps})"),
        "only_one": _("this run kept a single step"),
        "part": _("{shown} of {total} kernels shown"),
        "not_finite": _("{count} values are no finite numbers"),
        "canvas": _("The film at this step. Arrow keys go from step to step, space plays, Enter shows the layer's "
                    "arithmetic."),
        "strip": _("All frames of the film, each over its step. The slider above goes through them."),
        "save_video": _("Save as a video"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }
