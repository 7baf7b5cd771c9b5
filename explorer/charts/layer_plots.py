"""What the full instruments saw as results to be drawn, and what to read from each in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from explorer.charts.smooth import smooth
from explorer.charts.training_curves import smoothing_for
from explorer.figures import format_number
from explorer.results import Curve, Curves, Heatmap, Histogram, Reference
from explorer.text import Text, text
from explorer.training.records.layer_statistics import GRADIENTS, WEIGHTS, Counts, Inside

MOST_LINES = 6  # of more layers a strip is easier to read than lines
_MOST_POINTS, _MOST_COLUMNS, _SMOOTHED_FROM = 300, 120, 60
_QUANTILES = (("95 %", 0.95), ("75 %", 0.75), ("median", 0.5), ("25 %", 0.25), ("5 %", 0.05))
_TITLES = {WEIGHTS: ("Weights of {layer} at step {step}", "Weights of {layer} over the steps", "weight"),
           GRADIENTS: ("Gradients of {layer} at step {step}", "Gradients of {layer} over the steps", "gradient")}


@dataclass(frozen=True)
class Quantity:
    """How one of inside.QUANTITIES is named and drawn; `none` is said where no layer has it."""

    name: str
    short: str
    title: str
    axis: str
    term: str
    none: str = "Nothing has been seen of this yet."
    signed: bool = False
    log: bool = False
    is_share: bool = False


SHOWN = {quantity.name: quantity for quantity in (
    Quantity("update", "Updates", "Update of the weights in one step", "update : weights", "update_ratio",
             "No layer here has weights that learn.", log=True),
    Quantity("spread", "Spread", "Spread of the activations", "spread", "activation_spread", log=True),
    Quantity("mean", "Mean", "Mean of the activations", "mean", "activation_mean", signed=True),
    Quantity("dead", "Dead units", "Dead units", "share of units", "dead_unit",
             "Only ReLUs can die, and this network has none.", is_share=True),
    Quantity("saturated", "Saturated", "Saturated values", "share of values", "saturation",
             "Only activations that flatten out on both sides can saturate, such as sigmoid and tanh; this network "
             "has none.", is_share=True),
)}


def over_time(inside: Inside, layers: list[str], quantity: Quantity) -> Curves | Heatmap | None:
    """A line a layer over the steps, or of many layers a strip; None where no layer has the quantity."""
    values = inside.of(quantity.name)
    has_it = np.isfinite(values).any(0) if len(inside) else np.zeros(len(layers), bool)
    if not has_it.any():
        return None
    names = tuple(name for name, kept in zip(layers, has_it, strict=True) if kept)
    draw = _lines if len(names) <= MOST_LINES else _strip
    return draw(inside.step, values[:, has_it], names, quantity)


def _lines(step: np.ndarray, values: np.ndarray, names: tuple[str, ...], quantity: Quantity) -> Curves:
    shown = _evenly(step, _MOST_POINTS)
    curves = tuple(curve for i, name in enumerate(names)
                   for curve in _smoothed(Curve(name, step[shown], values[shown, i], "run", place=i), quantity.log))
    rule = (Reference(text("rule of thumb"), 1e-3),) if quantity.name == "update" else ()
    return Curves(quantity.title, curves, "step", quantity.axis, log_y=quantity.log, references=rule,
                  y_range=(0.0, 1.0) if quantity.is_share else None)


def _smoothed(curve: Curve, log: bool) -> list[Curve]:
    """The curve; of many points pale, with its moving average in front, of the logarithms where the axis has them."""
    if len(curve.x) < _SMOOTHED_FROM:
        return [curve]
    y = np.log(np.where(curve.y > 0, curve.y, np.nan)) if log else curve.y
    average = smooth(y, smoothing_for(len(y)))
    return [replace(curve, raw=True), replace(curve, y=np.exp(average) if log else average)]


def _strip(step: np.ndarray, values: np.ndarray, names: tuple[str, ...], quantity: Quantity) -> Heatmap:
    shown = _evenly(step, _MOST_COLUMNS)
    return Heatmap(quantity.title, values[shown].T, "layer", "step", quantity.signed, names, step[shown],
                   log=quantity.log, quantity=quantity.axis, limit=1.0 if quantity.is_share else None)


def _evenly(step: np.ndarray, most: int) -> np.ndarray:
    """Places of samples that lie about evenly over the steps, the first and the last among them."""
    if len(step) <= most:
        return np.arange(len(step))
    return np.unique(np.searchsorted(step, np.linspace(step[0], step[-1], most)))


def latest_sentence(inside: Inside, layers: list[str], quantity: Quantity) -> Text:
    """The layers with the most and the least of it at the last sample."""
    last = inside.of(quantity.name)[-1]
    facts = {"step": int(inside.step[-1]), "quantity": quantity.axis}
    if not np.isfinite(last).any():
        return text("At step {step:,} none of it is a finite number.", **facts)
    most, least = int(np.nanargmax(last)), int(np.nanargmin(last))
    facts |= {"layer": layers[most], "most": _number(last[most], quantity)}
    if last[most] == last[least]:
        return text("At step {step:,}: {quantity} {most} in {layer}, and nowhere less.", **facts)
    return text("At step {step:,}: most in {layer} ({quantity} {most}), least in {other} ({least}).",
                other=layers[least], least=_number(last[least], quantity), **facts)


def _number(value: float, quantity: Quantity) -> str:
    return f"{format_number(100 * float(value), 3)} %" if quantity.is_share else format_number(float(value), 3)


def histogram_of(found: Counts, layer: str, what: str, step: int) -> Histogram:
    """The weights or the gradients of a layer at one step."""
    title, _over, axis = _TITLES[what]
    total = found.counts.sum()
    return Histogram(text(title, layer=layer, step=format_number(step)), found.edges,
                     found.counts / total if total else np.zeros(len(found.counts)), axis, "share of all")


def distribution_over_time(found: Mapping[int, Counts], layer: str, what: str) -> Curves:
    """The median of a layer's weights or gradients, and between which values half and nine tenths of them lie."""
    _at, title, axis = _TITLES[what]
    step = np.array(sorted(found), dtype=int)
    step = step[_evenly(step, _MOST_POINTS)]
    curves = tuple(
        Curve(name, step, np.array([found[at].quantile(share) for at in step.tolist()]),
              "training" if share == 0.5 else "ideal") for name, share in _QUANTILES)
    return Curves(text(title, layer=layer), curves if len(step) else (), "step", axis)
