"""The plots that prove a finding, made of the evidence."""

from __future__ import annotations

import numpy as np

from explorer.doctor.evidence import Evidence
from explorer.results import Bars, CheckUp, Curve, Curves, Heatmap, Reference
from explorer.text import text

_QUANTITIES = {"activation_gradient": ("Gradient at each layer's output", "norm of the gradient"),
               "spread": ("Spread of each layer's output", "spread over samples")}
_LAYER_AXIS = "layer, from input to output"


def per_layer(evidence: Evidence, quantity: str) -> Curves:
    """A quantity at every weighted layer, at the start and with the last kept weights, on a log axis."""
    title, axis = _QUANTITIES[quantity]
    checks = [check for check in (evidence.first, evidence.last) if check is not None]
    names = ["at the start", "now"][:len(checks)] if evidence.first is not evidence.last else ["now"]
    lines = tuple(_line(check, quantity, name, place) for place, (name, check) in enumerate(zip(names, checks)))
    return Curves(title, lines, _LAYER_AXIS, axis, log_y=True)


def _line(check: CheckUp, quantity: str, name: str, place: int) -> Curve:
    values = check.layers.column(quantity, check.layers.weighted)
    return Curve(name, np.arange(1, len(values) + 1), values, "run", place=place)


def loss_over_steps(evidence: Evidence) -> Curves:
    """The loss of each step, with the line at guessing."""
    steps = evidence.steps
    references = (Reference(text("guessing"), evidence.guess),) if np.isfinite(evidence.guess) else ()
    good = np.isfinite(steps.loss)
    wide = good.any() and steps.loss[good].max() > 100 * max(np.median(steps.loss[good]), 1e-12)
    log = bool(wide) and bool((steps.loss[good] > 0).all())
    return Curves("Loss of each step", (Curve("training", steps.step, steps.loss),), "step", "loss", log_y=log,
                  references=references)


def loss_over_epochs(evidence: Evidence) -> Curves:
    """Training and validation loss at the end of each epoch."""
    x = np.array([row.epoch for row in evidence.epochs], dtype=float)
    lines = tuple(Curve(role, x, np.array([np.nan if (value := getattr(row, f"{stem}_loss")) is None else value
                                           for row in evidence.epochs], dtype=float), role)
                  for role, stem in (("training", "train"), ("validation", "validation")))
    return Curves("Loss of each epoch", lines, "epoch", "loss")


def shares(title: str, check: CheckUp, quantity: str) -> Bars:
    """The share of dead units or saturated values of each layer that can have some; the largest stands out."""
    has = np.isfinite(check.layers.column(quantity))
    values = check.layers.column(quantity, has)
    return Bars(title, check.layers.names(has), values, "layer", highlight=int(values.argmax()), limits=(0.0, 1.0))


def said_classes(evidence: Evidence, silent: int) -> Heatmap:
    """The confusion of the held-out samples."""
    names = tuple(evidence.facts.get("class_names", ())) or tuple(map(str, range(len(evidence.last.confusion))))
    return Heatmap("What it says to held-out samples", evidence.last.confusion.astype(np.float32), "true class",
                   "said class", signed=False, row_labels=names, column_labels=names, quantity="samples")


def sizes_on_the_way(evidence: Evidence) -> Curves | None:
    """How large the outputs of the layers were when the first number was not finite, as powers of ten."""
    found = evidence.first_bad
    if found is None or found.sizes is None:
        return None
    x = np.arange(1, len(found.sizes) + 1)
    with np.errstate(divide="ignore"):
        powers = np.where(np.isfinite(found.sizes), np.log10(found.sizes), np.nan)
    end = Reference(text("largest number there is (float32)"), float(np.log10(np.finfo(np.float32).max)))
    return Curves("Largest output of each layer", (Curve("at that step", x, powers, "run"),), _LAYER_AXIS,
                  "largest value, as a power of ten", references=(end,))
