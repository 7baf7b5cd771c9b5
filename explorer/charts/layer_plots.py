"""Charts of layer statistics, each quantity by its name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from explorer.formatting import format_number, format_percent
from explorer.results import Curve, Curves, Heatmap, Histogram, Reference
from explorer.text import Text, text
from explorer.training.records.layer_statistics import BINS, GRADIENTS, WEIGHTS, Counts, LayerStatistics
from explorer.training.records.run_numbers import HasNumbers, RunNumbers, read_numbers

MOST_LINES = 6  # of more layers a strip is easier to read than lines
_MOST_POINTS, _MOST_COLUMNS, _AVERAGED, _MOST_UNAVERAGED = 300, 120, 8, 60
_QUANTILES = (("95 %", 0.95), ("75 %", 0.75), ("median", 0.5), ("25 %", 0.25), ("5 %", 0.05))
_TITLES = {WEIGHTS: ("Weights of {layer} at step {step}", "Weights of {layer} over the steps", "weight"),
           GRADIENTS: ("Gradients of {layer} at step {step}", "Gradients of {layer} over the steps", "gradient")}


@dataclass(frozen=True)
class Quantity:
    """The title and axis of a recorded quantity. none: shown where no layer has it; rule_of_thumb: a usual value."""

    name: str
    short: str
    title: str
    axis: str
    term: str | None = None
    none: str = "Nothing of this has been recorded yet."
    signed: bool = False
    log: bool = False
    is_share: bool = False
    rule_of_thumb: float | None = None


QUANTITIES = {quantity.name: quantity for quantity in (
    Quantity("update", "Updates", "Weight update in one step", "update : weights", "update_ratio",
             "No layer has trainable weights.", log=True, rule_of_thumb=1e-3),
    Quantity("spread", "Standard deviation", "Standard deviation of the activations", "standard deviation",
             "activation_spread", log=True),
    Quantity("mean", "Mean", "Mean of the activations", "mean", "activation_mean", signed=True),
    Quantity("dead", "Dead units", "Dead units", "share of units", "dead_unit",
             "Only ReLUs can die, and this network has none.", is_share=True),
    Quantity("saturated", "Saturated", "Saturated values", "share of values", "saturation",
             "Only activations that flatten out on both sides can saturate, such as sigmoid and tanh; this network "
             "has none.", is_share=True),
)}


def layer_statistics(run: HasNumbers, quantity: str, layers: Collection[str] | None = None) -> Curves | Heatmap:
    """Chart a quantity over the steps: one line per layer, or a strip for many. layers: only these, by address.

    A quantity that is not in QUANTITIES is drawn under its own name. Without lines if no layer has it, or nothing has
    been sampled yet. Raises ValueError where there is no such quantity or layer.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> str(charts.layer_statistics(RunNumbers(zoo.recipe("mlp")), "dead").title)
    'Dead units'
    """
    numbers = read_numbers(run)
    statistics, shown = numbers.layer_statistics, describe_quantity(quantity)
    empty = Curves(shown.title, (), "step", shown.axis, log_y=shown.log)
    if not len(statistics):
        return empty
    values = _values(statistics, quantity)
    kept = {name: place for name, place in _sampled_layers(numbers, layers).items()
            if np.isfinite(values[:, place]).any()}
    if not kept:
        return replace(empty, note=Text(shown.none))
    draw = _lines if len(kept) <= MOST_LINES else _strip
    return draw(statistics.step, values[:, list(kept.values())], tuple(kept), shown)


def describe_quantity(name: str) -> Quantity:
    """Return the title and axis of a quantity; one that is unknown bears its own name."""
    return QUANTITIES.get(name) or Quantity(name, name, name, name)


def _values(statistics: LayerStatistics, quantity: str) -> np.ndarray:
    """Return (sample, layer), NaN if a known quantity was not recorded. Raises ValueError for an unknown one."""
    if quantity in QUANTITIES and quantity not in statistics.names:
        return np.full_like(next(iter(statistics.values.values())), np.nan)
    return statistics.of(quantity)


def _sampled_layers(numbers: RunNumbers, only: Collection[str] | None = None) -> dict[str, int]:
    """Find the place of each sampled layer, by address."""
    places = {name: place for place, name in enumerate(numbers.facts.get("sampled_layers", []))}
    if unknown := [name for name in only or () if name not in places]:
        raise ValueError(f"no layer named {unknown[0]!r} was sampled: there are {', '.join(places) or 'none'}")
    return places if only is None else {name: place for name, place in places.items() if name in only}


def _lines(step: np.ndarray, values: np.ndarray, names: tuple[str, ...], quantity: Quantity) -> Curves:
    """Draw few samples as they are; of many, each pale and means strong."""
    many, usual = len(step) > _MOST_UNAVERAGED, quantity.rule_of_thumb
    curves = [Curve(name, *_evenly_along(step, values[:, i]), "run", raw=many, place=i) for i, name in enumerate(names)]
    if many:
        curves += [Curve(name, *means_of_groups(step, values[:, i], _AVERAGED), "run", place=i)
                   for i, name in enumerate(names)]
    rule = () if usual is None else (Reference(text("rule of thumb"), usual),)
    return Curves(quantity.title, tuple(curves), "step", quantity.axis, log_y=quantity.log, references=rule,
                  y_range=(0.0, 1.0) if quantity.is_share else None,
                  drawn=text("line: mean of {count} samples · pale: each sample", count=_AVERAGED) if many else None)


def means_of_groups(step: np.ndarray, values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Average every `size` samples in turn, at the mean of their steps: (group,), (group,), of full groups alone.

    A group without a finite value is NaN, and a full one never changes.

    >>> means_of_groups(np.array([1, 3, 5]), np.array([2.0, 4.0, 9.0]), 2)
    (array([2.]), array([3.]))
    """
    groups = len(step) // size
    steps, values = (a[:groups * size].reshape(groups, size) for a in (step, values))
    good = np.isfinite(values)
    sums, counts = np.where(good, values, 0).sum(1), good.sum(1)
    return steps.mean(1), np.divide(sums, counts, out=np.full(groups, np.nan), where=counts > 0)


def _evenly_along(step: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shown = _evenly(step, _MOST_POINTS)
    return step[shown], values[shown]


def _strip(step: np.ndarray, values: np.ndarray, names: tuple[str, ...], quantity: Quantity) -> Heatmap:
    shown = _evenly(step, _MOST_COLUMNS)
    return Heatmap(quantity.title, values[shown].T, "layer", "step", quantity.signed, names, step[shown],
                   log=quantity.log, quantity=quantity.axis, limit=1.0 if quantity.is_share else None)


def _evenly(step: np.ndarray, most: int) -> np.ndarray:
    """Pick samples that lie about evenly over the steps, with the first and the last."""
    if len(step) <= most:
        return np.arange(len(step))
    return np.unique(np.searchsorted(step, np.linspace(step[0], step[-1], most)))


def latest_sentence(run: HasNumbers, quantity: str) -> Text:
    """Describe the layers with the highest and the lowest value at the last sample; there must be one."""
    shown, numbers = describe_quantity(quantity), read_numbers(run)
    statistics, layers = numbers.layer_statistics, list(_sampled_layers(numbers))
    values = _values(statistics, quantity)
    if np.isnan(values).all():
        return Text(shown.none)
    last, facts = values[-1], {"step": int(statistics.step[-1]), "quantity": shown.axis}
    count = np.isfinite(last).sum()
    if not count:
        return text("At step {step:,}, no value is finite.", **facts)
    most, least = int(np.nanargmax(last)), int(np.nanargmin(last))
    facts |= {"layer": layers[most], "most": _number(last[most], shown)}
    if count == 1:
        return text("At step {step:,}: {quantity} {most} in {layer}.", **facts)
    if last[most] == last[least]:
        return text("At step {step:,}: {quantity} {most} in all {count} layers.", count=int(count), **facts)
    return text("At step {step:,}: highest in {layer} ({quantity} {most}), lowest in {other} ({least}).",
                other=layers[least], least=_number(last[least], shown), **facts)


def _number(value: float, quantity: Quantity) -> str:
    return format_percent(float(value)) if quantity.is_share else format_number(float(value), 3)


def histogram(run: HasNumbers, layer: str, what: str, step: int | None = None) -> Histogram:
    """Chart a layer's `weights` or `gradients` at the sampled step nearest to `step`, or at the last one.

    The histogram is empty where nothing has been sampled. Raises ValueError where there is no such layer.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> len(charts.histogram(RunNumbers(zoo.recipe("mlp")), "linear1", "weights").shares)
    64
    """
    (title, _over, axis), found = _titles(what), _counts(run, layer, what)
    last = max(found, default=0)
    at = last if step is None else min(found, key=lambda sampled: abs(sampled - step), default=0)
    counts = found.get(at, Counts(1.0, np.zeros(BINS, int)))
    total = counts.counts.sum()
    return Histogram(text(title, layer=layer, step=format_number(at)), counts.edges,
                     counts.counts / total if total else np.zeros(len(counts.counts)), axis, "share of all")


def distribution(run: HasNumbers, layer: str, what: str) -> Curves:
    """Chart the distribution of a layer's `weights` or `gradients` over the steps: its median and four quantiles.

    >>> from explorer import charts, zoo
    >>> from explorer.training.records.run_numbers import RunNumbers
    >>> charts.distribution(RunNumbers(zoo.recipe("mlp")), "linear1", "gradients").y_axis
    'gradient'
    """
    (_at, title, axis), found = _titles(what), _counts(run, layer, what)
    step = np.array(sorted(found), dtype=int)
    step = step[_evenly(step, _MOST_POINTS)]
    curves = tuple(
        Curve(name, step, np.array([found[at].quantile(share) for at in step.tolist()]),
              "training" if share == 0.5 else "ideal") for name, share in _QUANTILES)
    return Curves(text(title, layer=layer), curves if len(step) else (), "step", axis)


def _counts(run: HasNumbers, layer: str, what: str) -> dict[int, Counts]:
    numbers = read_numbers(run)
    known = numbers.facts.get("weighted_layers", ())
    if known and layer not in known:
        raise ValueError(f"no layer with weights is named {layer!r}: there are {', '.join(known)}")
    return numbers.histograms(layer, what)


def _titles(what: str) -> tuple[str, str, str]:
    if what not in _TITLES:
        raise ValueError(f"histograms are kept of {' and '.join(_TITLES)}, not of {what!r}")
    return _TITLES[what]
