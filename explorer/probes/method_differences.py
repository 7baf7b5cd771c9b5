"""Test samples that two methods of attribution explain most differently."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from explorer.attribution import METHODS
from explorer.attribution.attributed_places import per_place
from explorer.attribution.rank_correlation import spearman
from explorer.network import analyze
from explorer.probes.attributed_samples import attribute_samples, part_of, samples_of, spread_places
from explorer.probes.attribution_rows import refuses_all_methods, rows_of
from explorer.probes.attribution_target import TARGET
from explorer.probes.probe import ATTRIBUTION, ON_REQUEST, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import AttributionRows
from explorer.spec import BadValue, Choice, Number
from explorer.text import Text, text

RANKS, SHAPE = "ranks", "shape"
_CHUNK = 32  # samples whose attributions are held at a time
_RANKING = 0.9  # of the progress


def compute_method_differences(subject: Subject, target: str = "", first: str = "saliency",
                               second: str = "integrated_gradients", by: str = RANKS, samples: int = 128,
                               count: int = 12) -> AttributionRows:
    """Rank test samples by how much the attributions of two methods differ, the most different first.

    by: "ranks" for 1 less the signed rank correlation of all places, 0 for the same order to 2 for the opposite one;
    "shape" for the distance of both, each divided by its own length, 0 to 2. A coarse map is laid over the input's
    places. Raises BadValue, NotApplicable. Source: Krishna et al. 2022, section 3.
    """
    if first == second:
        raise BadValue(text("Both methods are the same. Choose another one for one of them."))
    for method in (first, second):
        if subject.recipe and (refusal := METHODS.get(method).refuses(subject.recipe, analyze(subject.recipe.network))):
            raise NotApplicable(refusal)
    places = spread_places(samples, len(samples_of(subject)))
    distances = differences_of(subject, (first, second), places, target, by)
    shown = np.argsort(-distances, kind="stable")[:count].tolist()  # what is not defined comes last
    rows = rows_of(part_of(subject, _RANKING, 1 - _RANKING), [places[index] for index in shown], (first, second),
                   target)
    return replace(rows, remarks=tuple(_remark(distances[index]) for index in shown), note=_note(distances, by))


def differences_of(subject: Subject, methods: tuple[str, str], places: list[int], target: str,
                   by: str = RANKS) -> np.ndarray:
    """Measure how much two methods differ on each of these samples: float64 (sample,), NaN where it is not defined.

    >>> line = torch.nn.Linear(3, 2)
    >>> subject = Subject(line, torch.ones(2, 3))
    >>> differences_of(subject, ("saliency", "input_x_gradient"), [0, 1], "1", "shape").round(3).tolist()
    [0.0, 0.0]
    """
    found = []
    for start in range(0, len(places), _CHUNK):
        chunk, values = places[start:start + _CHUNK], []
        for index, method in enumerate(methods):
            done, share = (start + len(chunk) * index / 2) / len(places), len(chunk) / 2 / len(places)
            part = part_of(subject, _RANKING * done, _RANKING * share)
            values.append(_places(subject, attribute_samples(part, method, chunk, target).values))
        if values[0].shape != values[1].shape:
            raise NotApplicable(text("These two methods attribute to different places. Choose another one."))
        found.append(_MEASURES[by](*values))
    return torch.cat(found).numpy()


def _places(subject: Subject, values: np.ndarray) -> Tensor:
    given = torch.from_numpy(values)
    return per_place(given[:, None] if given.dim() == 3 else given, tuple(subject.batch.shape[1:]))


def _rank_distance(one: Tensor, other: Tensor) -> Tensor:
    return 1 - spearman(one, other)


def _shape_distance(one: Tensor, other: Tensor) -> Tensor:
    one, other = (each.flatten(1).double() for each in (one, other))
    return (one / one.norm(dim=1, keepdim=True) - other / other.norm(dim=1, keepdim=True)).norm(dim=1)


_MEASURES = {RANKS: _rank_distance, SHAPE: _shape_distance}


def _remark(distance: float) -> Text:
    return text("differ by {value}", value=f"{distance:.2f}") if np.isfinite(distance) else text("not comparable")


def _note(distances: np.ndarray, by: str) -> Text:
    known = distances[np.isfinite(distances)]
    if not len(known):
        return text("Attributions by one of these methods are the same everywhere, or not finite, for every sample, so "
                    "nothing can be compared. Choose other methods or another step.")
    named = {"count": len(known), "mean": f"{known.mean():.2f}", "most": f"{known.max():.2f}",
             "lost": len(distances) - len(known)}
    measured = text("1 less the rank correlation: 0 for the same order of all places, 1 for unrelated ones, 2 for the "
                    "opposite order") if by == RANKS else \
        text("the distance of both after each was divided by its length: 0 for the same shape, 1.41 for unrelated "
             "ones, 2 for the opposite")
    if named["lost"]:
        return text("Over {count} test samples, the difference is {mean} on average and {most} at most ({measured}). "
                    "{lost} samples have attributions that are the same everywhere.", measured=measured, **named)
    return text("Over {count} test samples, the difference is {mean} on average and {most} at most ({measured}).",
                measured=measured, **named)


_NAMES, _TITLES = tuple(each.name for each in METHODS), tuple(each.title for each in METHODS)

METHOD_DIFFERENCES = ProbeSpec(
    name="method_differences", title="Where methods differ",
    summary="The test samples that two methods explain most differently, the most different first.",
    source="Krishna et al. 2022, section 3; Spearman 1904", compute=compute_method_differences,
    returns=(AttributionRows,), place=ATTRIBUTION, cost=ON_REQUEST, is_chosen=True, reads_input=False, term="spearman",
    refuses=refuses_all_methods,
    params=(TARGET, Choice("first", "Method", "saliency", _NAMES, _TITLES),
            Choice("second", "Beside", "integrated_gradients", _NAMES, _TITLES),
            Choice("by", "Compared by", RANKS, (RANKS, SHAPE), ("ranks of all places", "shape"),
                   help="The signed rank correlation of all places, or the distance after each was divided by its own "
                        "length."),
            Number("samples", "Test samples", 128, low=1, high=10_000, integer=True,
                   help="How many are compared, evenly spread over the test set."),
            Number("count", "Shown", 12, low=1, high=48, integer=True)),
)
