"""The sanity check: how alike attributions stay while the weights of a network are drawn again from the top down."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from explorer import network
from explorer.attribution import Method
from explorer.attribution.rank_correlation import spearman
from explorer.attribution.weight_randomization import drawn_again, layers_from_the_top, randomized_from_the_top
from explorer.probes.attributed_samples import part_of, samples_of, spread_places, with_samples
from explorer.probes.attribution_target import TARGET, ExplainedNumber, explained_number
from explorer.probes.compared_methods import (
    ALL,
    Comparison,
    compare_methods,
    joined,
    method_choice,
    methods_for,
)
from explorer.probes.probe import ATTRIBUTION, ON_REQUEST, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Curve, Curves, Finding, HeadGrid, HeadGrids, Reference
from explorer.spec import Number
from explorer.text import Text, text

_MOST_STEPS = 11  # of the way down through the layers
_MOST_CURVES = 6  # whose names fit beside them
_UNMOVED = 0.5  # an attribution at least so much like the network's own has hardly noticed


def compute_sanity_check(subject: Subject, target: str = "", method: str = ALL, samples: int = 16,
                         seed: int = 0) -> tuple[Finding | Curves | HeadGrids, ...]:
    """Compare attributions of the network with those of copies whose last 1, 2, ... layers were drawn again.

    By the signed rank correlation over places, mean over test samples: an attribution of what the network has learned
    falls to zero. Magnitudes would be misleading: where black pixels get 0, they are alike whatever the weights are.
    A network of the same recipe, trained from another seed, is the reference where there is one.
    Raises BadValue, NotApplicable. Source: Adebayo et al. 2018, section 3.1.
    """
    places = spread_places(samples, len(samples_of(subject)))
    tested, methods = with_samples(subject, places), methods_for(subject, method)
    number, layers = explained_number(tested, target), layers_from_the_top(subject.model, tested.batch[:1])
    if not layers:
        raise NotApplicable(text("This network has no weights, so none can be drawn again."))
    counts = np.unique(np.linspace(1, len(layers), min(len(layers), _MOST_STEPS)).round().astype(int)).tolist()
    twin = _retrained(subject)
    passes = len(counts) + 1 + (twin is not None)
    own = compare_methods(part_of(tested, 0.0, 1 / passes), methods, number)
    methods, alike = [each for each in methods if each.name in own.values], []
    changing = randomized_from_the_top(subject.model, _drawn_again(subject, seed), layers)
    for count, (_layer, changed) in enumerate(changing, start=1):
        if count in counts:
            part = part_of(tested, (1 + len(alike)) / passes, 1 / passes)
            alike.append(_alike(part, methods, number, own, changed))
    reference = None
    if twin is not None:
        reference = _alike(part_of(tested, 1 - 1 / passes, 1 / passes), methods, number, own, twin)
    down_to = tuple(layers[count - 1] or "the model itself" for count in counts)
    return _results(_Checked(methods, counts, down_to, len(layers), np.array(alike).T, reference, len(places)), own)


@dataclass(frozen=True)
class _Checked:
    """Findings of a sanity check. alike: (method, count), reference: (method,), mean rank correlations.

    They are NaN where a method gives the same value everywhere. down_to: the last layer that was drawn again, (count,).
    total: of the layers. samples: how many the means are over.
    """

    methods: Sequence[Method]
    counts: Sequence[int]
    down_to: tuple[str, ...]
    total: int
    alike: np.ndarray
    reference: np.ndarray | None
    samples: int


def _retrained(subject: Subject) -> nn.Module | None:
    """Make the network that was trained from another seed; None where there is none that fits."""
    found = subject.retrained()
    if found is None:
        return None
    twin = copy.deepcopy(subject.model)
    try:
        twin.load_state_dict(dict(found.weights))
    except RuntimeError:  # kept by an older version of the network
        return None
    return twin


def _drawn_again(subject: Subject, seed: int) -> nn.Module:
    """Draw all weights again, as training would start; without a recipe, as each module draws them by itself."""
    recipe = subject.recipe
    if recipe is None:
        return drawn_again(subject.model, seed)
    return network.build(recipe.network, network.derive_seed(seed, "sanity check"), recipe.init.spelled,
                         recipe.rules["initialization"])


def _alike(subject: Subject, methods: Sequence[Method], number: ExplainedNumber, own: Comparison,
           model: nn.Module) -> np.ndarray:
    """Compare the attributions of another model with the network's own: (method,), mean over samples."""
    found = compare_methods(subject, methods, number, model).values
    return np.array([spearman(own.values[each.name], found[each.name]).nanmean().item() if each.name in found
                     else np.nan for each in methods])


def _results(checked: _Checked, own: Comparison) -> tuple[Finding | Curves | HeadGrids, ...]:
    picture = _curves(checked) if len(checked.methods) <= _MOST_CURVES else _grid(checked)
    return Finding("Sanity check", joined([*_sentences(checked), own.note])), picture


def _title(checked: _Checked) -> Text:
    return text("Likeness to the network's own attributions, mean over {count} test samples", count=checked.samples)


def _curves(checked: _Checked) -> Curves:
    """Make a curve for each method; a network that was trained again is a line for a single one."""
    x = np.array([0, *checked.counts], np.float64)
    curves = tuple(Curve(method.title, x, np.array([1.0, *row]), role="run", place=place)
                   for place, (method, row) in enumerate(zip(checked.methods, checked.alike, strict=True)))
    is_known = checked.reference is not None and len(curves) == 1 and np.isfinite(checked.reference).all()
    references = (Reference(text("trained again"), float(checked.reference[0])),) if is_known else ()
    return Curves(_title(checked), curves, "layers drawn again, from the last", "rank correlation",
                  references=references)


def _grid(checked: _Checked) -> HeadGrids:
    """Make a row for each method, with a column for each layer and one for a network that was trained again."""
    values, columns = checked.alike, checked.down_to
    if checked.reference is not None:
        values, columns = np.column_stack([values, checked.reference]), (*columns, "trained again")
    grid = HeadGrid("rank correlation", values.astype(np.float32), signed=True, most=1.0)
    return HeadGrids(_title(checked), (grid,), tuple(each.title for each in checked.methods), columns,
                     column_axis="drawn again, from the last layer down to")


def _sentences(checked: _Checked) -> Iterator[Text]:
    """Describe which methods notice random weights, half of the way down, and what a network trained again comes to."""
    half = next(place for place, count in enumerate(checked.counts) if 2 * count >= checked.total)
    layers = text("its only layer random") if checked.total == 1 else \
        text("{count} of {total} layers random", count=checked.counts[half], total=checked.total)
    values = {method.title: value for method, value in zip(checked.methods, checked.alike[:, half], strict=True)}
    unmoved = [title for title, value in values.items() if value >= _UNMOVED]
    moved = [title for title, value in values.items() if value < _UNMOVED]
    if len(unmoved) == 1:
        yield text("With {layers}, {name} hardly changes ({value}): it shows edges of the input, not what the network "
                   "learned.", name=unmoved[0], value=_number(values[unmoved[0]]), layers=layers)
    elif unmoved:
        yield text("With {layers}, these hardly change, so they show edges of the input, not what the network "
                   "learned: {names}.", names=_listed(values, unmoved), layers=layers)
    if len(moved) == 1:
        yield text("With {layers}, {name} changes ({value}), as it should.", name=moved[0],
                   value=_number(values[moved[0]]), layers=layers)
    elif moved:
        template = "All others change as they should, to between {low} and {high}." if unmoved else \
            "With {layers}, all change as they should, to between {low} and {high}."
        yield text(template, low=_number(min(values[name] for name in moved)),
                   high=_number(max(values[name] for name in moved)), **({} if unmoved else {"layers": layers}))
    if silent := [title for title, value in values.items() if np.isnan(value)]:
        yield text("{names} gives the same value everywhere with random weights, so it has no ranks to compare.",
                   names=", ".join(silent))
    known = [] if checked.reference is None else checked.reference[np.isfinite(checked.reference)].tolist()
    if not known:
        yield text("No other run of this recipe has another seed; train one to see how alike two trained networks are.")
    elif len(known) == 1:
        yield text("A network trained again from another seed is at {value}.", value=_number(known[0]))
    else:
        yield text("A network trained again from another seed is at {low} to {high}.", low=_number(min(known)),
                   high=_number(max(known)))


def _listed(values: Mapping[str, float], names: Sequence[str]) -> str:
    return ", ".join(f"{name} ({_number(values[name])})" for name in names)


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")


SANITY_CHECK = ProbeSpec(
    name="sanity_check", title="Sanity check",
    summary="How alike attributions stay when the weights are drawn again, layer by layer from the last one on.",
    source="Adebayo et al. 2018, section 3.1", compute=compute_sanity_check, returns=(Finding, Curves, HeadGrids),
    place=ATTRIBUTION, cost=ON_REQUEST, is_chosen=True, term="sanity_check", reads_input=False,
    params=(TARGET, method_choice(ALL),
            Number("samples", "Test samples", 16, low=1, high=256, integer=True,
                   help="How many test samples the mean is over, evenly spread over the test set."),
            Number("seed", "Seed", 0, integer=True, help="From which the random weights are drawn.")),
    when_to_use="To see whether a method shows the network or only the input.",
    when_misleading="Ranks are compared with their signs: magnitudes alone stay alike wherever black pixels get 0, "
                    "whatever the weights are.",
)
