"""Deletion and insertion: the answer while an input loses what an attribution ranks highest, and while it comes back."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.removal import Removal, random_attributions, remove_by_rank
from explorer.formatting import format_number
from explorer.probes.attribution_target import TARGET, explained_number
from explorer.probes.compared_methods import RANDOM, compare_methods, first_of, method_choice, methods_for
from explorer.probes.followed_number import FollowedNumber, followed_number
from explorer.probes.probe import ATTRIBUTION, ProbeSpec
from explorer.probes.subject import Subject
from explorer.results import Bars, Curve, Curves, Finding
from explorer.spec import Number
from explorer.text import Text, text

_DRAWS = 8  # random orders, the floor


def compute_deletion_insertion(subject: Subject, target: str = "", method: str = "integrated_gradients",
                               steps: int = 28) -> tuple[Finding | Curves | Bars, ...]:
    """Follow the answer to the first input while its places are put to the baseline, the highest attribution first,
    and while they come into the baseline so.

    Of a class its probability is followed, else the number that is explained. Raises BadValue, NotApplicable. Source:
    Petsiuk et al. 2018, section 4.1.
    """
    one = first_of(subject)
    followed, methods = followed_number(one, target), methods_for(subject, method)
    compared = compare_methods(one, methods, explained_number(one, target))
    maps = torch.cat(list(compared.values.values()))
    maps = torch.cat([maps, random_attributions(maps[0], _DRAWS)])
    removal = remove_by_rank(followed.of_inputs(subject), one.batch[0], torch.zeros_like(one.batch[0]), maps, steps)
    titles = [each.title for each in methods if each.name in compared.values]
    return (_finding(titles, removal), *_curves(titles, removal, followed),
            *(_areas(titles, removal) if len(titles) > 1 else ()))


def _curves(titles: list[str], removal: Removal, followed: FollowedNumber) -> tuple[Curves, Curves]:
    return tuple(
        Curves(title, (*_named(titles, removal.shares, numbers), *_at_random(removal.shares, numbers[len(titles):])),
               axis, followed.what, "", y_range=(0.0, 1.02) if followed.is_probability else None)
        for title, axis, numbers in (
            (text("Deletion: lower is better"), "share removed, the highest first (%)", removal.deletion),
            (text("Insertion: higher is better"), "share put back, the highest first (%)", removal.insertion)))


def _named(titles: list[str], shares: Tensor, numbers: Tensor) -> list[Curve]:
    """Make a method's curve in a run's colors; a single one's in that of the test set, as strong as can be."""
    return [Curve(title, (100 * shares).numpy(), values.numpy(), role="run", place=place)
            for place, (title, values) in enumerate(zip(titles, numbers, strict=False))]


def _at_random(shares: Tensor, draws: Tensor) -> list[Curve]:
    """Make the mean of random orders, and each of them thin behind it."""
    x = (100 * shares).numpy()
    return [Curve(str(RANDOM), x, draws.mean(0).numpy(), role="ideal"),
            *(Curve(str(RANDOM), x, values.numpy(), role="ideal", raw=True) for values in draws)]


def _areas(titles: list[str], removal: Removal) -> tuple[Bars, Bars]:
    labels = (*titles, str(RANDOM))
    return tuple(
        Bars(title, labels, torch.cat([areas[:len(titles)], areas[len(titles):].mean()[None]]).float().numpy(), "area",
             highlight=len(titles))
        for title, areas in ((text("Area under deletion: lower is better"), removal.deletion_area),
                             (text("Area under insertion: higher is better"), removal.insertion_area)))


def _finding(titles: list[str], removal: Removal) -> Finding:
    count = len(titles)
    deletion, insertion = removal.deletion_area.numpy(), removal.insertion_area.numpy()
    beats_deletion = deletion[:count] < deletion[count:].min()
    beats_insertion = insertion[:count] > insertion[count:].max()
    if count == 1:
        return Finding("Deletion and insertion", _about_one(titles[0], deletion, insertion, beats_deletion[0],
                                                            beats_insertion[0]))
    weak = [title for title, one, other in zip(titles, beats_deletion, beats_insertion, strict=True)
            if not one and not other]
    best, best_insertion = int(deletion[:count].argmin()), int(insertion[:count].argmax())
    found = {"first": titles[best], "area": _short(deletion[best]), "floor": _short(deletion[count:].mean()),
             "second": titles[best_insertion], "other": _short(insertion[best_insertion]),
             "ceiling": _short(insertion[count:].mean())}
    sentence = text("Deletion is best by {first} (area {area}, at random {floor}), insertion by {second} ({other}, at "
                    "random {ceiling}).", **found)
    if weak:
        sentence = text("{found} No better than a random order in either: {names}.", found=sentence,
                        names=", ".join(weak))
    return Finding("Deletion and insertion", sentence)


def _about_one(title: str, deletion: np.ndarray, insertion: np.ndarray, beats_deletion: bool,
               beats_insertion: bool) -> Text:
    verdict = {
        (True, True): text("Both are better than every random order: it finds what this answer depends on."),
        (True, False): text("Only deletion is better than every random order."),
        (False, True): text("Only insertion is better than every random order."),
        (False, False): text("Neither is better than every random order: it does not find what this answer depends "
                             "on."),
    }[bool(beats_deletion), bool(beats_insertion)]
    return text("{title}: area under deletion {area}, at random {floor}; under insertion {other}, at random {ceiling}. "
                "{verdict}", title=title, area=_short(deletion[0]), floor=_short(deletion[1:].mean()),
                other=_short(insertion[0]), ceiling=_short(insertion[1:].mean()), verdict=verdict)


def _short(area: float) -> str:
    return format_number(float(area), 2)


DELETION_INSERTION = ProbeSpec(
    name="deletion_insertion", title="Deletion and insertion",
    summary="The answer while the places that an attribution ranks highest are put to the baseline, and while they are "
            "put back, beside random orders.",
    source="Petsiuk et al. 2018, section 4.1", compute=compute_deletion_insertion, returns=(Finding, Curves, Bars),
    place=ATTRIBUTION, is_chosen=True, term="deletion_curve",
    params=(TARGET, method_choice("integrated_gradients"),
            Number("steps", "Steps", 28, low=2, high=1000, integer=True,
                   help="In how many steps the places go, and come back.")),
    when_to_use="To see whether what an attribution marks is what this answer depends on.",
    when_misleading="Inputs with places put to the baseline are unlike all that the network has learned from, so a "
                    "drop may be due to that; a random order shows how much.",
)
