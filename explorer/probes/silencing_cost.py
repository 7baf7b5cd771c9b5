"""Costs of silencing: what every channel of a layer, every head or every layer is worth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from explorer.formatting import format_character
from explorer.hooks import predictor
from explorer.intervention import of_head
from explorer.intervention.interventions import Index
from explorer.intervention.resuming import MOST_BYTES, NoResumption, Resumed, resume_at
from explorer.intervention.silencing import outputs_of_one_without, outputs_without, parts_of
from explorer.network import analyze
from explorer.probes.attending import attentions_of
from explorer.probes.attributed_samples import spread_places
from explorer.probes.objective import CHARACTERS, choices_of, kind_of, numbers_of
from explorer.probes.probe import ON_REQUEST, WHAT_IF, ProbeSpec
from explorer.probes.robustness import check_finite, within
from explorer.probes.samples import judge
from explorer.probes.silenced_layer import LAYER, layer_or_last
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Bars
from explorer.spec import Choice, Number
from explorer.text import Text, text

PARTS, HEADS, LAYERS = "parts", "heads", "layers"
_BATCH, _MOST_BARS = 64, 40
_JUDGED_BYTES, _REPORT_S = 8_000_000, 0.3  # of outputs judged at once, and between two reports


@dataclass
class _Ranked:
    """Parts of one node, with sums over samples: (part,) loss and right answers."""

    node: str
    parts: list[Index]
    names: list[str] = field(default_factory=list)
    sums: np.ndarray = field(default_factory=lambda: np.zeros((2, 0)))


def compute_silencing_cost(subject: Subject, what: str = PARTS, node: str = "", samples: int = 256) -> tuple[Bars, ...]:
    """Rank parts of the network by what silencing each alone changes, the most costly first.

    what: PARTS, the channels of a node, features of its tokens or units of its row; HEADS of all attentions; LAYERS,
    each as a whole. Measured over test samples, loss and accuracy, and for the first sample of the batch the logit of
    its answer. Only the network after a part is run again. Raises UnknownNode, NotApplicable.
    Source: Michel et al. 2019; Morcos et al. 2018.
    """
    check_finite(subject)
    ranked, before = _ranked(subject, what, layer_or_last(subject, node) if what == PARTS else ""), np.zeros(2)
    chunks, count = _chunks(subject, samples), 0
    jobs = sum(len(each.parts) for each in ranked) * (len(chunks) + 1)
    done = 0
    for places in chunks:
        batch, targets = subject.samples.inputs(places), subject.samples.targets(places)
        before += _sums(subject, [predictor(subject.model)(batch)], targets)[:, 0]
        count += len(batch)
        subject.report(done / jobs)
        for each in ranked:
            resumed = resume_at(subject.model, each.node, batch)
            subject.report(done / jobs)
            for first, outputs in _together(outputs_without(resumed, each.parts)):
                each.sums[:, first:first + len(outputs)] += _sums(subject, outputs, targets)
                done += len(outputs)
                subject.report(done / jobs)
    logits, what_changes = _changes_of_the_answer(subject, ranked, within(subject.report, done / jobs, 1 - done / jobs))
    names = [name for each in ranked for name in each.names]
    own = _sorted(text("Change of {what} on this input", what=what_changes), names, logits, "change of the logit")
    if not count:
        return (own,)
    changes = (np.concatenate([each.sums for each in ranked], 1) - before[:, None]) / count
    loss = _sorted(text("Change of loss over {count} test samples", count=count), names, -changes[0], "change of loss",
                   sign=-1)
    if not np.isfinite(before[1]):
        return loss, own
    return loss, _sorted(text("Change of accuracy over {count} test samples", count=count), names, 100 * changes[1],
                         "change in percentage points"), own


def _ranked(subject: Subject, what: str, node: str) -> list[_Ranked]:
    if what == HEADS:
        found = [(each.mix, [of_head(each, head).index for head in range(each.heads)])
                 for each in attentions_of(subject)]
    elif what == LAYERS:
        found = [(address, [()]) for address in _layers(subject)]
    else:
        found = [(node, parts_of(tuple(subject.activations([node])[node].shape[1:])))]
    return [_Ranked(address, parts, [_name(what, address, part) for part in parts],
                    np.zeros((2, len(parts)))) for address, parts in found if parts]


def _name(what: str, node: str, part: Index) -> str:
    if what == PARTS:
        return str(next(at for at in part if at is not None))
    if what == HEADS:
        return f"{node.rpartition('.')[0] or node} {next((at for at in part if at is not None), 0)}"
    return node


def _layers(subject: Subject) -> Iterator[str]:
    """Yield the nodes of the network, or of the block walked into, that can be silenced as a whole; no input."""
    for place, (address, values) in enumerate(subject.activations().items()):
        if place and values.is_floating_point():
            subject.report(0.0)  # so that it can end
            try:
                resume_at(subject.model, address, subject.batch[:1])
            except NoResumption:
                continue
            yield address


def _chunks(subject: Subject, samples: int) -> list[list[int]]:
    """Choose test samples, evenly spread, as many at a time as a pass that keeps all outputs has memory for."""
    source = subject.samples
    if source is None or subject.recipe is None or not len(source) or not samples:
        return []
    places = spread_places(samples, len(source))
    size = max(1, min(_BATCH, MOST_BYTES // max(1, analyze(subject.recipe.network).total_activation_bytes)))
    return [places[first:first + size] for first in range(0, len(places), size)]


def _together(each: Iterator[Tensor]) -> Iterator[tuple[int, list[Tensor]]]:
    """Yield outputs as many at a time as are judged at once, with the place of the first."""
    first, held, began = 0, [], time.monotonic()
    for outputs in each:
        held.append(outputs)
        if len(held) * outputs.nbytes > _JUDGED_BYTES or time.monotonic() - began > _REPORT_S:
            yield first, held
            first, held, began = first + len(held), [], time.monotonic()
    if held:
        yield first, held


def _sums(subject: Subject, outputs: Sequence[Tensor], targets: Tensor) -> np.ndarray:
    """Add up loss and right answers of each: (2, outputs); NaN where nothing is right or wrong."""
    judged = judge(subject.recipe, torch.cat(list(outputs)), torch.cat([targets] * len(outputs)),
                   subject.class_names)
    loss = judged.loss.reshape(len(outputs), -1).sum(1)
    right = judged.right.reshape(len(outputs), -1).sum(1) if len(judged.right) else np.full(len(outputs), np.nan)
    return np.array([loss, right], np.float64)


def _changes_of_the_answer(subject: Subject, ranked: list[_Ranked],
                           report: Callable[[float], None]) -> tuple[np.ndarray, Text]:
    """Compute the changes of the first sample's answer: of its logit, of a text that after the last token."""
    numbers = numbers_of(subject, subject.outputs[:1])[0]
    answer, names = int(numbers.nan_to_num().argmax()), choices_of(subject, subject.outputs[:1])
    name = format_character(names[answer]) if kind_of(subject) == CHARACTERS else names[answer]

    def changes(place: int, each: _Ranked) -> np.ndarray:
        resumed: Resumed = resume_at(subject.model, each.node, subject.batch[:1])
        outputs = outputs_of_one_without(resumed, each.parts, within(report, place / len(ranked), 1 / len(ranked)))
        return (numbers_of(subject, outputs)[:, answer] - numbers[answer]).numpy()
    if not ranked:
        raise NotApplicable(text("Nothing here can be silenced. Choose another layer."))
    return np.concatenate([changes(*each) for each in enumerate(ranked)]), text("the logit of {name}", name=name)


def _sorted(title: Text, names: list[str], values: np.ndarray, axis: str, unit: str = "", sign: int = 1) -> Bars:
    """Make bars, the most harmful at the top: `values` are lower the worse; sign gives them back their own."""
    order = np.argsort(np.nan_to_num(values), kind="stable")
    if len(order) > _MOST_BARS:
        title = text("{title} (the first {shown} of {count})", title=title, shown=_MOST_BARS, count=len(order))
    kept = order[:_MOST_BARS]
    return Bars(title, tuple(names[place] for place in kept), (sign * values[kept]).astype(np.float32), axis, unit,
                signed=True)


SILENCING_COST = ProbeSpec(
    name="silencing_cost", title="Cost of silencing", summary="Channels, heads or layers, ranked by what silencing "
    "each alone changes: loss and accuracy over test samples, and the answer to this input.",
    source="Michel et al. 2019; Morcos et al. 2018", compute=compute_silencing_cost, returns=(Bars,), place=WHAT_IF,
    is_chosen=True, cost=ON_REQUEST, term="silencing",
    params=(Choice("what", "Silence each", PARTS, (PARTS, HEADS, LAYERS), ("channel of the layer", "head", "layer"),
                   help="Channels of maps, features of tokens or units of a row, each alone; every head of attention; "
                        "or every layer as a whole."),
            LAYER,
            Number("samples", "Test samples", 256, low=0, high=4096, integer=True,
                   help="How many test samples loss and accuracy are measured on, evenly spread over the test set.")),
)
