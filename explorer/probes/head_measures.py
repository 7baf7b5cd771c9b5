"""Heads measured: how far each looks, and how evenly, over test samples and over training."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from explorer.attention import PIXELS, TOKENS, Attention, hidden_pairs, places_of, shapes_of
from explorer.attention.early_end import layers_of
from explorer.attention.head_statistics import largest_entropy, measure_heads, places_between
from explorer.probes.attending import attentions_with_weights, names_of, refuses_without_weights
from explorer.probes.kept_steps import steps_within_budget, weights_of
from explorer.probes.probe import ATTENTION, LIVE, ON_REQUEST, ProbeSpec
from explorer.probes.subject import Subject
from explorer.results import HeadGrid, HeadGrids, Heatmap
from explorer.text import Text, text

_MOST_STEPS = 120
_MOST_SAMPLES, _MOST_WEIGHTS = 64, 2e7  # of a batch, and numbers that one attention computes for it


def compute_head_measures(subject: Subject) -> HeadGrids:
    """Measure each head over test samples, or over the batch: how far away the keys are, and the rows' entropy.

    Raises NotApplicable. Source: Dosovitskiy et al. 2021, appendix D.7.
    """
    attentions = attentions_with_weights(subject)
    batch = _samples(subject, attentions)
    distances, unit = _distances(subject, attentions)
    entropies, far = measure_heads(subject.model, batch, attentions, distances)
    most = _largest(subject, attentions)[:, None]
    grids = [HeadGrid("Mean distance", far, unit)] if unit else []
    grids += [HeadGrid("Entropy", entropies, "nats", most=float(most.max())),
              HeadGrid("Entropy, share of the largest", entropies / np.maximum(most, 1e-6), most=1.0)]
    note = text("Means over {count} test samples.", count=len(batch)) if subject.samples is not None else None
    return HeadGrids("How far heads look, and how evenly", tuple(grids),
                     names_of(attentions, layers_of(subject.model, attentions)),
                     tuple(str(head) for head in range(far.shape[1])), _gaps(entropies, attentions) or note)


def _samples(subject: Subject, attentions: tuple[Attention, ...]) -> Tensor:
    """Take test samples, evenly spread, as many as can be read at once; the batch where there are none."""
    most = int(max(1, min(_MOST_SAMPLES, _MOST_WEIGHTS // max(map(math.prod, _shapes(subject, attentions))))))
    if subject.samples is None or not len(subject.samples):
        return subject.batch[:most]
    places = np.unique(np.linspace(0, len(subject.samples) - 1, most).round().astype(int))
    return subject.samples.inputs(places.tolist())


def _shapes(subject: Subject, attentions: tuple[Attention, ...]) -> list[tuple[int, ...]]:
    """Read the shapes of all weights for one sample."""
    found = shapes_of(subject.model, subject.batch, [each.node for each in attentions])
    return [found[each.node] for each in attentions]


def _distances(subject: Subject, attentions: tuple[Attention, ...]) -> tuple[dict[str, Tensor | None], str]:
    """Measure how far apart queries and keys are, and the unit of that; "" where their places are unknown."""
    pairs = places_of(subject.model, subject.batch, attentions)
    kinds = {each.kind for pair in pairs.values() if pair for each in pair}
    unit = {frozenset([PIXELS]): "px", frozenset([TOKENS]): "tokens"}.get(frozenset(kinds), "")
    return {node: places_between(pair) if unit else None for node, pair in pairs.items()}, unit


def _largest(subject: Subject, attentions: tuple[Attention, ...]) -> np.ndarray:
    """Compute the entropy of looking at all keys alike, of each attention: (layer,)."""
    return np.array([largest_entropy(hidden_pairs(subject.model, each), shape[-1])
                     for each, shape in zip(attentions, _shapes(subject, attentions), strict=True)], np.float32)


def _gaps(values: np.ndarray, attentions: tuple[Attention, ...]) -> Text | None:
    if all(np.isfinite(row[:each.heads]).all() for row, each in zip(values, attentions, strict=True)):
        return None
    return text("Some weights are not finite numbers. Choose an earlier step.")


def compute_head_history(subject: Subject) -> tuple[Heatmap, ...]:
    """Measure each head with the weights of every step that was kept: (head of a layer, step).

    A step that is damaged is left out; where none was kept, this model is all there is. Source: the run's checkpoints.
    """
    attentions = attentions_with_weights(subject)
    batch = _samples(subject, attentions)
    steps = steps_within_budget(subject, _MOST_STEPS)
    distances, unit = _distances(subject, attentions)
    known: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for step, weights in weights_of(subject, steps):
        known[step] = measure_heads(subject.model, batch, attentions, distances, weights)
        subject.report((steps.index(step) + 1) / len(steps))
    known = known or {subject.step or 0: measure_heads(subject.model, batch, attentions, distances)}
    names = names_of(attentions, layers_of(subject.model, attentions))
    rows = [(place, head) for place, each in enumerate(attentions) for head in range(each.heads)]
    labels = tuple(f"{names[place]} · {head}" for place, head in rows)

    def follow(which: int, title: str, unit: str) -> Heatmap:
        values = np.array([[known[step][which][row] for step in known] for row in rows], np.float32)
        return Heatmap(_title(title, len(set(steps) - set(known))), values, "head", "step", False, labels,
                       np.array(list(known), np.float64), unit, quantity=title)

    far = (follow(1, "mean distance", unit),) if unit else ()
    return (*far, follow(0, "entropy", "nats"))


def _title(title: str, damaged: int) -> Text:
    if damaged:
        return text("{title} of heads over training; damaged checkpoints left out: {damaged}",
                    title=title.capitalize(), damaged=damaged)
    return text("{title} of heads over training", title=title.capitalize())


HEAD_MEASURES = ProbeSpec(
    name="head_measures", is_chosen=True, title="How far heads look, and how evenly",
    summary="The distance from each query to what a head looks at, weighted, and the entropy of its weights: from 0, "
            "one key alone, to the largest there can be, all keys alike.",
    source="Dosovitskiy et al. 2021, appendix D.7", compute=compute_head_measures, returns=(HeadGrids,),
    term="attention_entropy", place=ATTENTION, cost=LIVE, refuses=refuses_without_weights, reads_input=False,
)
HEAD_HISTORY = ProbeSpec(
    name="head_history", is_chosen=True, title="Heads over training",
    summary="Distance and entropy of every head, at every step whose weights were kept.",
    source="the run's checkpoints", compute=compute_head_history, returns=(Heatmap,), place=ATTENTION, cost=ON_REQUEST,
    refuses=refuses_without_weights, reads_input=False, term="checkpoint",
)
