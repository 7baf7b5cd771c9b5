"""Infidelity and sensitivity: what an attribution predicts of the number's changes, and how steady it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from explorer.attribution import Method
from explorer.attribution.chunks import rows_that_fit
from explorer.attribution.private_copy import explain
from explorer.attribution.trust_measures import largest_change, unexplained_share
from explorer.formatting import format_number
from explorer.probes.attributed_samples import part_of, samples_of, spread_places, with_samples
from explorer.probes.attribution_probes import attribute_batch
from explorer.probes.attribution_target import TARGET, ExplainedNumber, explained_number
from explorer.probes.compared_methods import (
    ALL,
    RANDOM,
    joined,
    leaving_out,
    left_out_note,
    method_choice,
    methods_for,
    places_of_input,
    title_of,
)
from explorer.probes.probe import ATTRIBUTION, ON_REQUEST, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Bars, Finding
from explorer.spec import Number
from explorer.text import Text, text

_NO_SMALL_STEP = text("A token cannot be changed a little, so sensitivity is not measured.")


@dataclass(frozen=True)
class _Settings:
    """Changes of inputs: the share of places that are removed, the largest move of a value, and the seed."""

    removed: float
    radius: float
    seed: int


def compute_infidelity_sensitivity(subject: Subject, target: str = "", method: str = ALL, samples: int = 8,
                                   removed: int = 20, radius: float = 0.02,
                                   seed: int = 0) -> tuple[Finding | Bars, ...]:
    """Measure infidelity and sensitivity of methods, and of a random attribution, on average over test samples.

    removed: percent of the places that are put to zero at a time. radius: how far each value of the input moves, at
    most. Raises BadValue, NotApplicable. Source: Yeh et al. 2019, definitions 2.1 and 3.1; captum.metrics.
    """
    places = spread_places(samples, len(samples_of(subject)))
    settings = _Settings(removed / 100, radius, seed)
    methods = [*methods_for(subject, method), None]
    found, left_out = {}, {}
    for done, each in enumerate(methods):
        part = part_of(subject, done / len(methods), 1 / len(methods))
        if each is None:
            found[RANDOM] = _mean_over(part, places, target, None, settings)
        else:
            with leaving_out(each, left_out):
                found[each.name] = _mean_over(part, places, target, each, settings)
    if list(found) == [RANDOM]:
        raise NotApplicable(next(iter(left_out.values())))
    return _results(found, left_out, settings, len(places))


def _mean_over(subject: Subject, places: Sequence[int], target: str, method: Method | None,
               settings: _Settings) -> np.ndarray:
    """Average both measures of a method over test samples, of a random attribution without one: (measure,)."""
    measured = []
    for done, place in enumerate(places):
        one = with_samples(part_of(subject, done / len(places), 0.0), [place])  # it reports only so that it can end
        measured.append(_measure(one, explained_number(one, target), method,
                                 replace(settings, seed=settings.seed + done)))
        subject.report((done + 1) / len(places))
    known = np.array(measured)
    counts = np.isfinite(known).sum(0)
    return np.where(counts, np.nansum(known, 0) / np.maximum(counts, 1), np.nan)


def _measure(one: Subject, number: ExplainedNumber, method: Method | None, settings: _Settings) -> tuple[float, float]:
    """Measure infidelity and sensitivity for one sample; NaN where that cannot be."""
    explained, values = explain(one.model, one.batch, number.take)
    explained.report = one.report
    generator = torch.Generator().manual_seed(settings.seed)

    def attributed(rows: Tensor, targets: Tensor) -> Tensor:
        if method is None:
            return torch.randn(rows.shape, generator=generator)
        return attribute_batch(method, replace(one, batch=rows), replace(number, targets=targets), {}).values

    found = attributed(one.batch, number.targets)
    shape = tuple(values.shape[1:])
    by_place = places_of_input(one, method, found, shape)
    own = found if found.shape == values.shape else by_place
    unexplained = unexplained_share(
        explained, values, number.targets, torch.zeros_like(values), own.to(values.device),
        method is not None and method.is_gradient and own is found, tuple(by_place.shape[1:]), settings.removed,
        seed=settings.seed, rows=rows_that_fit(explained, values))
    if one.takes_tokens:
        return unexplained.item(), float("nan")
    return unexplained.item(), largest_change(attributed, values, number.targets, settings.radius,
                                              seed=settings.seed).item()


def _results(found: Mapping[str, np.ndarray], left_out: Mapping[str, Text], settings: _Settings,
             count: int) -> tuple[Finding | Bars, ...]:
    bars = []
    for place, title in enumerate((
            text("Infidelity, mean over {count} test samples", count=count),
            text("Sensitivity, mean over {count} test samples", count=count))):
        known = {name: round(float(100 * values[place]), 1) for name, values in found.items()
                 if np.isfinite(values[place])}
        if known:
            names = tuple(known)
            axis = ("change not predicted", "largest change of the attribution")[place]
            bars.append(Bars(title, tuple(map(title_of, names)), np.array(list(known.values()), np.float32), axis, "%",
                             highlight=names.index(RANDOM) if RANDOM in names else None))
    if not bars:
        raise NotApplicable(text("The number that is explained never changes for these samples, so there is nothing "
                                 "to predict. Choose another class or an earlier step."))
    return Finding("Infidelity and sensitivity", _finding(found, left_out, settings)), *bars


def _finding(found: Mapping[str, np.ndarray], left_out: Mapping[str, Text], settings: _Settings) -> Text:
    floor = found[RANDOM]
    infidelity, sensitivity = ({name: values[place] for name, values in found.items()
                                if name != RANDOM and np.isfinite(values[place])} for place in (0, 1))
    sentences: list[Text | None] = []
    if infidelity:
        best = min(infidelity, key=infidelity.get)
        sentences.append(text("When {removed} of the places are removed, {best} leaves {share} of the change of the "
                              "answer unpredicted; a random attribution {floor}.", best=title_of(best),
                              removed=_percent(settings.removed), share=_percent(infidelity[best]),
                              floor=_percent(floor[0])))
        weak = [title_of(name) for name, value in infidelity.items() if value >= floor[0]]
        sentences.append(text("No better than random: {names}.", names=", ".join(weak)) if weak else None)
    sentences.append(_about_sensitivity(sensitivity, floor[1], settings.radius))
    return joined([*sentences, left_out_note(left_out)])


def _about_sensitivity(known: Mapping[str, float], floor: float, radius: float) -> Text:
    if not known:
        return _NO_SMALL_STEP
    low, high = min(known, key=known.get), max(known, key=known.get)
    facts = {"radius": format_number(radius, 2), "low": title_of(low), "least": _percent(known[low]),
             "floor": _percent(floor)}
    if len(known) == 1:
        return text("When each value moves by up to {radius}, {low} changes by up to {least}; a random attribution, "
                    "drawn each time, by {floor}.", **facts)
    return text("When each value moves by up to {radius}, {low} changes least, by up to {least}, and {high} most, by "
                "up to {most}; a random attribution, drawn each time, by {floor}.", high=title_of(high),
                most=_percent(known[high]), **facts)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


INFIDELITY_SENSITIVITY = ProbeSpec(
    name="infidelity_sensitivity", title="Infidelity",
    summary="How much of the answer's change an attribution fails to predict when places are removed at random, and "
            "how much the attribution changes when the input changes a little.",
    source="Yeh et al. 2019, definitions 2.1 and 3.1", compute=compute_infidelity_sensitivity,
    returns=(Finding, Bars), place=ATTRIBUTION, cost=ON_REQUEST, is_chosen=True, term="infidelity", reads_input=False,
    params=(TARGET, method_choice(ALL),
            Number("samples", "Test samples", 8, low=1, high=256, integer=True,
                   help="How many test samples the means are over, evenly spread over the test set."),
            Number("removed", "Removed at a time", 20, low=1, high=90, integer=True, unit="%",
                   help="The share of the places that are put to zero together, chosen at random."),
            Number("radius", "Moved by up to", 0.02, low=0, high=10,
                   help="How far each value of the input moves, at most, for the sensitivity."),
            Number("seed", "Seed", 0, integer=True, help="From which places and moves are drawn.")),
    when_to_use="To compare methods by what they predict, not by how they look.",
    when_misleading="An attribution that is always the same is the steadiest of all: read both numbers together. "
                    "Infidelity rewards methods that are about removing places, as these inputs have them removed.",
)
