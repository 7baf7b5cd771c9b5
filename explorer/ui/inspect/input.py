"""The input that Inspect looks at: the strip of test samples, and what the network takes, with all that changes it."""

from __future__ import annotations

from typing import Any

from explorer import data
from explorer.data.changes import changes_for
from explorer.data.fitting import image_shape
from explorer.inspection.prepare import MAX_CHARACTERS, paper_of_data
from explorer.probes import Subject
from explorer.recipe import Recipe
from explorer.spec import Number
from explorer.ui.language import _
from explorer.ui.widgets import samples
from explorer.ui.widgets.components.inspector import draw_part

_STEPS = 200  # of a slider between its limits
_RANGE_SAMPLES = 2000  # of which a feature's limits are taken
_MOST_FEATURES = 64
_STRIP_PX = 112


def draw_strip(subject: Subject) -> None:
    """Draw the test samples, to choose from, and the ways to bring an input of one's own."""
    recipe = subject.recipe
    draw_part("samples", f"samples/{recipe.network.digest[:12]}", probe="samples", height_px=_STRIP_PX,
              kind=_kind(subject), draws=samples.takes_drawings(recipe))


def draw_input(subject: Subject) -> None:
    """Draw the input as the network takes it, large, with the brush, the sliders or the fields that change it."""
    dataset, shape = samples.dataset_of(subject.recipe), tuple(subject.batch.shape[1:])
    kind = _kind(subject)
    is_typed = kind == "text"
    draw_part("input", f"input/{subject.recipe.network.digest[:12]}", probe="input", kind=kind,
              image=image_shape(dataset, shape), changes=[_slider(change) for change in changes_for(dataset, shape)],
              features=_features(subject) if kind == "numbers" else [], paper=_paper(subject.recipe) / 255,
              digits_note=_digits_note(subject.recipe), alphabet=dataset.class_names if is_typed else (),
              length=shape[0] if is_typed else 0, longest=MAX_CHARACTERS)


def _kind(subject: Subject) -> str:
    dataset = samples.dataset_of(subject.recipe)
    if dataset.kind is data.TEXT:
        return "text"
    return "image" if image_shape(dataset, tuple(subject.batch.shape[1:])) else "numbers"


def _paper(recipe: Recipe) -> int:
    """Return what the brush erases to: the background of the data, black without one."""
    return paper_of_data(recipe) or 0


def _digits_note(recipe: Recipe) -> str:
    if recipe.data.name != "digits":
        return ""
    return _("This network was trained on 8×8 digits of one collection; one trained on MNIST reads handwriting better.")


def _slider(change: Number) -> dict[str, Any]:
    whole = change.unit in ("px", "°") and change.name != "blur"
    return {"name": change.name, "title": _(change.title), "low": change.low, "high": change.high, "unit": change.unit,
            "step": 1 if whole else _step(change.low, change.high), "default": change.default, "help": _(change.help)}


def _features(subject: Subject) -> list[dict[str, Any]]:
    """Describe the slider of each feature, between the limits of the test samples."""
    if subject.samples is None:
        return []
    rows = subject.samples.inputs(slice(0, _RANGE_SAMPLES)).flatten(1)[:, :_MOST_FEATURES]
    names = samples.dataset_of(subject.recipe).feature_names
    limits = zip(rows.amin(0).tolist(), rows.amax(0).tolist(), strict=True)
    return [_feature(names[place] if place < len(names) else f"x{place + 1}", low, high)
            for place, (low, high) in enumerate(limits)]


def _feature(name: str, low: float, high: float) -> dict[str, Any]:
    high = high if high > low else low + 1
    return {"name": name, "title": name, "low": low, "high": high, "step": _step(low, high), "default": None,
            "unit": "", "help": name}


def _step(low: float, high: float) -> float:
    """Return a round step that divides the range into about 200."""
    return float(f"{(high - low) / _STEPS:.0e}")
