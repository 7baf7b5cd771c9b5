"""Agreement: how far methods of attribution rank the places of the same inputs alike."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from explorer.attribution.rank_correlation import overlap_of_largest, spearman
from explorer.attribution.removal import random_attributions
from explorer.probes.attributed_samples import samples_of, spread_places, with_samples
from explorer.probes.attribution_target import TARGET, explained_number
from explorer.probes.compared_methods import RANDOM, Comparison, compare_methods, joined, methods_for, title_of
from explorer.probes.probe import ATTRIBUTION, ON_REQUEST, ProbeSpec
from explorer.probes.subject import Subject
from explorer.results import Finding, HeadGrid, HeadGrids
from explorer.spec import Choice, Number
from explorer.text import Text, text

_RANKS, _LARGEST = "ranks", "largest"
_SHARE = 0.1  # of the places, that count as the largest


def compute_method_agreement(subject: Subject, target: str = "", samples: int = 16,
                             by: str = _RANKS) -> tuple[Finding, HeadGrids]:
    """Compare the attributions of all methods with each other, and with a random one, on average over test samples.

    By the signed rank correlation, or by the share of the largest tenth that two have in common. A sample for which a
    method gives the same value everywhere has no ranks and is left out of its means.
    Raises BadValue, NotApplicable. Source: Krishna et al. 2022, section 3.2.
    """
    places = spread_places(samples, len(samples_of(subject)))
    tested = with_samples(subject, places)
    compared = compare_methods(tested, methods_for(subject), explained_number(tested, target))
    maps = dict(compared.values)
    maps[RANDOM] = random_attributions(next(iter(maps.values()))[0], len(places))
    matrix = _matrix(list(maps.values()), by)
    titles = tuple(map(title_of, maps))
    grid = HeadGrid("rank correlation" if by == _RANKS else "share of the largest tenth in common",
                    matrix.astype(np.float32), signed=by == _RANKS, most=1.0)
    grids = HeadGrids(text("Agreement, mean over {count} test samples", count=len(places)), (grid,), titles, titles,
                      column_axis="method")
    return Finding("Agreement", _finding(titles, matrix, compared)), grids


def _matrix(maps: list[Tensor], by: str) -> np.ndarray:
    """Compare all pairs: (method, method), NaN where no sample has ranks by both."""
    def alike(one: Tensor, other: Tensor) -> float:
        each = spearman(one, other) if by == _RANKS else overlap_of_largest(one, other, _SHARE).double()
        return each.nanmean().item()
    return np.array([[alike(one, other) for other in maps] for one in maps])


def _finding(titles: tuple[str, ...], matrix: np.ndarray, compared: Comparison) -> Text:
    """Name the pair that is most alike and the one that is least, the random attribution aside."""
    count = len(titles) - 1
    pairs = [(float(matrix[one, other]), titles[one], titles[other]) for one in range(count) for other in range(one)
             if np.isfinite(matrix[one, other])]
    silent = [titles[one] for one in range(count) if not np.isfinite(matrix[one, one])]
    parts = []
    if len(pairs) > 1:
        low, high = min(pairs), max(pairs)
        parts.append(text("Most alike are {one} and {other} ({high}), least {third} and {fourth} ({low}); with a "
                          "random attribution they are at {floor}.", one=high[1], other=high[2], high=_short(high[0]),
                          third=low[1], fourth=low[2], low=_short(low[0]), floor=_short(np.nanmean(matrix[-1, :-1]))))
    elif pairs:
        parts.append(text("{one} and {other} are at {value}, and with a random attribution at {floor}.",
                          one=pairs[0][1], other=pairs[0][2], value=_short(pairs[0][0]),
                          floor=_short(np.nanmean(matrix[-1, :-1]))))
    else:
        parts.append(text("There are no two methods to compare for this network."))
    if silent:
        parts.append(text("{names} gives the same value everywhere for every sample, so it has no ranks.",
                          names=", ".join(silent)))
    return joined([*parts, compared.note])


def _short(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


METHOD_AGREEMENT = ProbeSpec(
    name="method_agreement", title="Agreement",
    summary="How far two methods rank the places of an input alike, on average over test samples: 1 for the same "
            "order, 0 for none in common, −1 for the opposite one.",
    source="Krishna et al. 2022, section 3.2; Spearman 1904", compute=compute_method_agreement,
    returns=(Finding, HeadGrids), place=ATTRIBUTION, cost=ON_REQUEST, is_chosen=True, term="spearman",
    reads_input=False,
    params=(TARGET, Number("samples", "Test samples", 16, low=1, high=256, integer=True,
                           help="How many test samples the mean is over, evenly spread over the test set."),
            Choice("by", "Compared by", _RANKS, (_RANKS, _LARGEST), ("ranks of all places", "the largest tenth"),
                   help="The signed rank correlation of all places, or the share that the largest tenth of the places "
                        "of two methods have in common.")),
    when_to_use="To see which methods show the same thing, and which something else.",
    when_misleading="Methods that agree may be wrong together: that two are alike does not make them right.",
)
