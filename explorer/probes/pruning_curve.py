"""Pruning: accuracy as ever more of a network's smallest weights, or weakest channels, are taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from torch import Tensor

from explorer import network
from explorer.formatting import format_percent
from explorer.intervention.pruning import (
    channel_masks,
    layer_of,
    magnitude_masks,
    prunable_channels,
    prunable_weights,
    pruned,
)
from explorer.network import Analysis
from explorer.probes.corruption_curve import crossing
from explorer.probes.probe import ON_REQUEST, WHAT_IF, ProbeSpec
from explorer.probes.robustness import (
    as_findings,
    blocks_of,
    check_finite,
    counts_errors,
    ends_of,
    format_quality,
    places_of,
    quality,
    samples_param,
    score_inputs,
    summarize,
)
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.results import Curve, Curves, Finding, HeadGrid, HeadGrids
from explorer.spec import Choice, Flag
from explorer.text import Text, text

_GLOBAL, _BY_LAYER, _CHANNELS = "global", "by layer", "channels"
_WAYS = {_GLOBAL: "all weights together", _BY_LAYER: "each layer's weights", _CHANNELS: "each layer's channels"}
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
_ALONE = (0.25, 0.5, 0.75, 0.9, 0.95)  # of one layer
_TELLING = _ALONE.index(0.9)  # by which layers are compared
_MOST_WORK, _FEWEST = 2e12, 32  # of all layers alone, in multiply-adds: fewer samples are measured for more
_POINT = 1.0  # percentage points of accuracy, or percent of an error, that are noticed
Masks = dict[str, Tensor]


def compute_pruning_curve(subject: Subject, what: str = _GLOBAL, samples: int = 256, each_layer: bool = True) -> tuple:
    """Measure test samples with growing shares of the weights or channels taken out, of all layers and of each alone.

    Raises NotApplicable. Source: Han et al. 2015; Li et al. 2017.
    """
    check_finite(subject)
    weights = prunable_channels(subject.model) if what == _CHANNELS else prunable_weights(subject.model)
    if not weights:
        raise NotApplicable(text("This network has no layer of which channels can be taken out. Take weights instead.")
                            if what == _CHANNELS else text("This network has no weights to take out."))
    places = places_of(subject, samples)
    few = _places_alone(subject, places, len(weights)) if each_layer else []
    all_work, alone_work = len(_SHARES) * len(places), (len(weights) * len(_ALONE) + 1) * len(few)

    def report(done: int) -> None:
        subject.report(done / (all_work + alone_work))

    masks = [_masks(subject, weights, what, share) for share in _SHARES]
    means = _measure(subject, masks, places, report)
    found, curves = _describe(subject, what, means), _as_curves(subject, what, means, len(places))
    if not each_layer:
        return *as_findings(text("Pruning"), found), curves
    layers = _measure_layers(subject, weights, what, few, lambda done: report(all_work + done))
    names = _names(subject, weights)
    return (*as_findings(text("Pruning"), (*found, _describe_layers(subject, names, layers))), curves,
            _as_grid(subject, names, layers, len(few)))


def _names(subject: Subject, weights: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Name weights by their node, or in full where it has several."""
    nodes = [layer_of(subject.model, name) for name in weights]
    return tuple(node if nodes.count(node) == 1 else name for node, name in zip(nodes, weights, strict=True))


def _masks(subject: Subject, weights: Mapping[str, Tensor], what: str, share: float) -> Masks:
    if what == _CHANNELS:
        return channel_masks(subject.model, weights, share)
    return magnitude_masks(weights, share, by_layer=what == _BY_LAYER)


def _measure(subject: Subject, masks: list[Masks], places: list[int], report: Callable[[int], None]) -> np.ndarray:
    """Measure test samples with each of some masks: (mask,)."""
    scores, done = [[] for _mask in masks], 0
    for inputs, targets in blocks_of(subject, places):
        for row, mask in zip(scores, masks, strict=True):
            with pruned(subject.model, mask):
                row.append(score_inputs(subject, inputs, targets))
            done += len(inputs)
            report(done)
    return np.array([summarize(subject, np.concatenate(row)) for row in scores])


def _measure_layers(subject: Subject, weights: Mapping[str, Tensor], what: str, places: list[int],
                    report: Callable[[int], None]) -> np.ndarray:
    """Measure test samples with nothing, then with each share of one layer taken out: (layer, share)."""
    rows, done = [], len(places)
    whole = _measure(subject, [{}], places, report)
    for name, weight in weights.items():
        masks = [_masks(subject, {name: weight}, what, share) for share in _ALONE]
        rows.append(np.append(whole, _measure(subject, masks, places, lambda more, done=done: report(done + more))))
        done += len(_ALONE) * len(places)
    return np.stack(rows)


def _places_alone(subject: Subject, places: list[int], layers: int) -> list[int]:
    """Choose as many of the samples for single layers as the work allows."""
    work = network.analyze(subject.recipe.network).total_multiply_adds * layers * len(_ALONE)
    count = int(min(len(places), max(_FEWEST, _MOST_WORK // max(1, work))))
    return [places[place] for place in np.unique(np.linspace(0, len(places) - 1, count).round().astype(int))]


def _as_curves(subject: Subject, what: str, means: np.ndarray, count: int) -> Curves:
    name, unit = quality(subject)
    title = text("{quality} of {count} test samples, without a share of {what}", quality=name.capitalize(),
                 count=count, what=_WAYS[what])
    limits = None if counts_errors(subject) else (0.0, 103.0)
    return Curves(title, (Curve(name, 100 * np.array(_SHARES), means, "test"),), "share taken out (%)", name, unit,
                  y_range=limits)


def _describe(subject: Subject, what: str, means: np.ndarray) -> tuple[Text, ...]:
    """Describe the share up to which accuracy stays within a point, or the error within a percent."""
    rises = counts_errors(subject)
    limit = means[0] * (1 + _POINT / 100) if rises else means[0] - _POINT
    share = crossing(np.array(_SHARES), means, limit, rising=rises)
    facts = {"what": _WAYS[what], "before": format_quality(subject, means[0]), "most": format_percent(_SHARES[-1]),
             "last": format_quality(subject, means[-1])}
    if share is None:
        return (text("Even without {most} of {what} it is within {point} of {before}.",
                     point="1 %" if rises else "1 point", **facts),)
    if rises:
        return (text("The error of {before} grows by 1 % once {share} of {what} are taken out; without {most} it "
                     "is {last}.", share=format_percent(share), **facts),)
    return (text("Accuracy of {before} falls by 1 point once {share} of {what} are taken out; without {most} it is "
                 "{last}.", share=format_percent(share), **facts),)


def _describe_layers(subject: Subject, names: tuple[str, ...], layers: np.ndarray) -> Text:
    """Name the layers that cost most and least without nine tenths of their weights or channels."""
    telling = layers[:, 1 + _TELLING]
    losses = telling - layers[:, 0] if counts_errors(subject) else layers[:, 0] - telling
    named = [f"{name} ({format_quality(subject, value)})" for name, value in zip(names, telling, strict=True)]
    most, least = ends_of(named, losses)
    facts = {"share": format_percent(_ALONE[_TELLING]), "most": most, "least": least,
             "same": format_quality(subject, telling[0])}
    if counts_errors(subject):
        return text("With {share} of one layer taken out, the error is largest for {most}; smallest for {least}.",
                    **facts) if most else text("With {share} of any one layer taken out, the error is {same}.", **facts)
    return text("With {share} of one layer taken out, accuracy is lowest for {most}; highest for {least}.", **facts) \
        if most else text("With {share} of any one layer taken out, accuracy is {same}.", **facts)


def _as_grid(subject: Subject, names: tuple[str, ...], layers: np.ndarray, count: int) -> HeadGrids:
    name, unit = quality(subject)
    title = text("{quality} of {count} test samples with a share of one layer taken out", quality=name.capitalize(),
                 count=count)
    grid = HeadGrid(name.capitalize(), layers.astype(np.float32), unit, most=None if counts_errors(subject) else 100.0)
    return HeadGrids(title, (grid,), names, tuple(map(format_percent, (0.0, *_ALONE))), column_axis="share taken out")


def _refuses(_recipe: Recipe, analysis: Analysis) -> Text | None:
    if not analysis.total_parameters:
        return text("This network has no weights to take out.")
    return None


PRUNING_CURVE = ProbeSpec(
    name="pruning_curve", title="Pruning",
    summary="Accuracy over test samples without the weights of smallest magnitude, or the channels with the smallest "
            "sum of magnitudes; of all layers, and of each alone.",
    source="Han et al. 2015; Li et al. 2017", compute=compute_pruning_curve, returns=(Finding, Curves, HeadGrids),
    place=WHAT_IF, cost=ON_REQUEST, is_chosen=True, reads_input=False, refuses=_refuses, term="pruning",
    params=(Choice("what", "Taken out", _GLOBAL, tuple(_WAYS), tuple(_WAYS.values()),
                   help="The smallest weights of all layers together, the same share of each layer, or whole channels "
                        "by the sum of their magnitudes."),
            samples_param(256),
            Flag("each_layer", "Each layer alone", True, help="Also prune one layer at a time.")),
)
