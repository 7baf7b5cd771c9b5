"""Deletion and insertion: the answer while an input loses what an attribution ranks highest, and gets it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer import network
from explorer.attribution import CannotAttribute, Explained
from explorer.attribution.attributed_places import per_place
from explorer.attribution.baselines import BASELINE, make_baseline
from explorer.attribution.chunks import rows_that_fit
from explorer.attribution.private_copy import explain, taken_by
from explorer.attribution.removal import Removal, random_attributions, remove_by_rank
from explorer.formatting import format_number
from explorer.probes.attributed_samples import part_of
from explorer.probes.attribution_probes import references_of
from explorer.probes.attribution_target import TARGET, explained_number
from explorer.probes.compared_methods import (
    RANDOM,
    Comparison,
    compare_methods,
    first_of,
    joined,
    method_choice,
    methods_for,
    title_of,
)
from explorer.probes.followed_number import FollowedNumber, followed_number
from explorer.probes.probe import ATTRIBUTION, ON_REQUEST, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Bars, Curve, Curves, Finding
from explorer.spec import Number, defaults
from explorer.text import Text, text

_DRAWS = 8  # random orders, the floor
_MOST_AT_ONCE = 1_000_000_000  # multiply-adds that need no button
_MOST_CURVES = 5  # whose names fit beside them
_UNCHANGED = 1e-6  # a number that moves less does not change


def compute_deletion_insertion(subject: Subject, target: str = "", method: str = "integrated_gradients",
                               baseline: str | Tensor = BASELINE.default,
                               steps: int = 28) -> tuple[Finding | Curves | Bars, ...]:
    """Follow the answer to the first input while its places are put to the baseline, the highest attribution first,
    and while they come into the baseline so.

    Of a class its probability is followed, else the number that is explained; of a text, its tokens are removed where
    they have become numbers. Raises BadValue, NotApplicable. Source: Petsiuk et al. 2018, section 4.1.
    """
    one = first_of(subject)
    followed, methods = followed_number(one, target), methods_for(subject, method)
    explained, values = explain(one.model, one.batch, lambda outputs: followed.measure(outputs)[:, None])
    nothing = _empty_input(one, baseline, explained, values)
    compared = compare_methods(part_of(one, 0.0, 0.5), methods, explained_number(one, target))
    maps = torch.cat([per_place(each, tuple(values.shape[1:])) for each in compared.values.values()])
    maps = torch.cat([maps, random_attributions(maps[0], _DRAWS)]).to(values.device)
    explained.report, explained.passes = part_of(one, 0.5, 0.5).report, 2 * len(maps) * (steps + 1) / 3
    with torch.no_grad():
        removal = remove_by_rank(lambda rows: explained(rows)[:, 0].float().cpu(), values[0], nothing, maps, steps,
                                 rows=rows_that_fit(explained, values))
    titles = [each.title for each in methods if each.name in compared.values]
    return (_finding(titles, removal, compared),
            *(_curves(titles, removal, followed) if len(titles) <= _MOST_CURVES else ()),
            *(_areas(titles, removal) if len(titles) > 1 else ()))


def _empty_input(subject: Subject, chosen: str | Tensor, explained: Explained, values: Tensor) -> Tensor:
    """Make the baseline of the first input, as its values that vary."""
    references = references_of(subject)

    def data() -> Tensor:
        taken = taken_by(explained.model, references())
        return explained.entry.embed(explained.model, taken) if explained.entry else taken.to(values)
    try:
        made = make_baseline(chosen, values, references and data, explained.takes_tokens)
    except CannotAttribute as error:
        raise NotApplicable(error.sentence) from error
    return made[0, 0].expand_as(values[0])


def _curves(titles: list[str], removal: Removal, followed: FollowedNumber) -> tuple[Curves, Curves]:
    return tuple(
        Curves(title, (*_named(titles, removal.shares, numbers), *_at_random(removal.shares, numbers[len(titles):])),
               axis, followed.what, "", y_range=(0.0, 1.02) if followed.is_probability else None)
        for title, axis, numbers in (
            (text("Deletion: lower is better"), "share removed, the highest first (%)", removal.deletion),
            (text("Insertion: higher is better"), "share put back, the highest first (%)", removal.insertion)))


def _named(titles: list[str], shares: Tensor, numbers: Tensor) -> list[Curve]:
    """Make a curve for each method, in colors that tell them apart."""
    return [Curve(title, (100 * shares).numpy(), values.numpy(), role="run", place=place)
            for place, (title, values) in enumerate(zip(titles, numbers, strict=False))]


def _at_random(shares: Tensor, draws: Tensor) -> list[Curve]:
    """Make the mean of random orders, and each of them thin behind it."""
    x = (100 * shares).numpy()
    return [Curve(title_of(RANDOM), x, draws.mean(0).numpy(), role="ideal"),
            *(Curve(title_of(RANDOM), x, values.numpy(), role="ideal", raw=True) for values in draws)]


def _areas(titles: list[str], removal: Removal) -> tuple[Bars, Bars]:
    labels = (*titles, title_of(RANDOM))
    return tuple(
        Bars(title, labels, torch.cat([areas[:len(titles)], areas[len(titles):].mean()[None]]).float().numpy(), "area",
             highlight=len(titles))
        for title, areas in ((text("Area under deletion: lower is better"), removal.deletion_area),
                             (text("Area under insertion: higher is better"), removal.insertion_area)))


def _finding(titles: list[str], removal: Removal, compared: Comparison) -> Finding:
    if removal.deletion.max() - removal.deletion.min() < _UNCHANGED:
        sentence = text("The answer stays the same whatever is removed, so no order is better than another.")
    else:
        deletion, insertion = removal.deletion_area.numpy(), removal.insertion_area.numpy()
        sentence = (_about_one if len(titles) == 1 else _about_several)(titles, deletion, insertion)
    return Finding("Deletion and insertion", joined([sentence, compared.note]))


def _about_several(titles: list[str], deletion: np.ndarray, insertion: np.ndarray) -> Text:
    count = len(titles)
    weak = [title for title, one, other in zip(titles, *_better(count, deletion, insertion), strict=True)
            if not one and not other]
    best, other = int(deletion[:count].argmin()), int(insertion[:count].argmax())
    found = text("Deletion is best by {first} (area {area}, at random {floor}), insertion by {second} ({high}, at "
                 "random {ceiling}).", first=titles[best], area=_short(deletion[best]), second=titles[other],
                 floor=_short(deletion[count:].mean()), high=_short(insertion[other]),
                 ceiling=_short(insertion[count:].mean()))
    return joined([found, text("No better than a random order in either: {names}.", names=", ".join(weak))
                   if weak else None])


def _better(count: int, deletion: np.ndarray, insertion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Check which of the first methods are better than all random orders: by deletion, by insertion."""
    return deletion[:count] < deletion[count:].min(), insertion[:count] > insertion[count:].max()


def _about_one(titles: list[str], deletion: np.ndarray, insertion: np.ndarray) -> Text:
    by_deletion, by_insertion = _better(1, deletion, insertion)
    verdict = {
        (True, True): text("Both are better than every random order: it finds what this answer depends on."),
        (True, False): text("Only deletion is better than every random order."),
        (False, True): text("Only insertion is better than every random order."),
        (False, False): text("Neither is better than every random order: it does not find what this answer depends "
                             "on."),
    }[bool(by_deletion[0]), bool(by_insertion[0])]
    return text("{title}: area under deletion {area}, at random {floor}; under insertion {other}, at random {ceiling}. "
                "{verdict}", title=titles[0], area=_short(deletion[0]), floor=_short(deletion[1:].mean()),
                other=_short(insertion[0]), ceiling=_short(insertion[1:].mean()), verdict=verdict)


def _short(area: float) -> str:
    return format_number(float(area), 2)


def _is_quick(subject: Subject, options: Mapping[str, Any]) -> bool:
    """Check whether all passes together take about a tenth of a second."""
    passes = 3 * sum(each.passes(defaults(each.params), subject.batch[0].numel())
                     for each in methods_for(subject, options["method"]))
    rows = passes + 2 * (_DRAWS + 1) * (options["steps"] + 1)
    return rows * network.analyze(subject.recipe.network).total_multiply_adds < _MOST_AT_ONCE


DELETION_INSERTION = ProbeSpec(
    name="deletion_insertion", title="Deletion",
    summary="The answer while the places that an attribution ranks highest are removed, and while they are put back, "
            "beside random orders.",
    source="Petsiuk et al. 2018, section 4.1", compute=compute_deletion_insertion, returns=(Finding, Curves, Bars),
    place=ATTRIBUTION, cost=ON_REQUEST, is_quick=_is_quick, is_chosen=True, term="deletion_curve",
    params=(TARGET, method_choice("integrated_gradients"), BASELINE,
            Number("steps", "Steps", 28, low=2, high=1000, integer=True,
                   help="In how many steps the places go, and come back.")),
    when_to_use="To see whether what an attribution marks is what this answer depends on.",
    when_misleading="Inputs with places put to the baseline are unlike all that the network has learned from, so a "
                    "drop may be due to that; a random order shows how much.",
)
