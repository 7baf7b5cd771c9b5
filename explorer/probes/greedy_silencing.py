"""Greedy silencing: how many channels of a layer it takes to change the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor

from explorer import tasks
from explorer.formatting import format_character, format_shape
from explorer.intervention.interventions import Index
from explorer.intervention.resuming import Resumed, resume_at
from explorer.intervention.silencing import Silenced, outputs_of_one_without, parts_of, silence_greedily, units_of
from explorer.network import Analysis
from explorer.probes.objective import CHARACTERS, NUMBERS, choices_of, kind_of, numbers_of
from explorer.probes.part_names import part_name
from explorer.probes.probe import ON_REQUEST, WHAT_IF, ProbeSpec
from explorer.probes.robustness import check_finite
from explorer.probes.silenced_layer import LAYER, layer_or_last
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.results import Bars, Curve, Curves, Finding, Probabilities, Reference, Tokens
from explorer.spec import Number
from explorer.text import Text, text

_MOST_BYTES, _MOST_UNITS = 8e9, 20_000  # of all passes with one unit silenced, and such passes
_OWN, _UNITS = 0.1, 0.3  # shares of the work: this input, its units; then the samples


def compute_greedy_silencing(subject: Subject, node: str = "",
                             samples: int = 100) -> tuple[Finding | Curves | Bars, ...]:
    """Silence parts of a layer one after the other, always the one that lowers the margin most, until the answer
    changes: for the first sample, and for test samples how many it took. Every unit is tried alone, too.

    The margin is how far the logit of the answer is above the next one. Parts are channels of maps, features of tokens,
    or units of a row. Raises UnknownNode; NotApplicable where the answer is a plain number.
    Source: Bau et al. 2020; Morcos et al. 2018.
    """
    if kind_of(subject) == NUMBERS:
        raise NotApplicable(_no_answer())
    check_finite(subject)
    address = layer_or_last(subject, node)
    resumed = resume_at(subject.model, address, subject.batch[:1])
    parts = parts_of(tuple(resumed.output.shape[1:]))
    if not parts:
        raise NotApplicable(text("{node} gives a single number, so there is nothing to choose among. Choose another "
                                 "layer.", node=address))
    own = silence_greedily(resumed, parts, lambda outputs: numbers_of(subject, outputs),
                           lambda share: subject.report(_OWN * share))
    tried, changed = _units_alone(subject, resumed, own.answer)
    counts = _over_samples(subject, address, parts, samples)
    found = _finding(subject, resumed, own, parts, _tell_units(address, tried, changed, resumed), counts)
    curves = _curves(subject, resumed, own)
    if not len(counts):
        return found, curves
    return found, curves, _histogram(_name_of_parts(subject, resumed), address, counts, len(parts))


def _units_alone(subject: Subject, resumed: Resumed, answer: int) -> tuple[int, int]:
    """Silence each unit alone, or evenly chosen ones where they are many; count those tried, and changed answers."""
    shape = tuple(resumed.output.shape[1:])
    total = int(np.prod(shape))
    most = int(max(1, min(_MOST_UNITS, _MOST_BYTES // max(1, resumed.row_bytes))))
    places = np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(int))
    every = units_of(shape) if total <= most else [tuple(map(int, np.unravel_index(place, shape))) for place in places]
    outputs = outputs_of_one_without(resumed, every, lambda share: subject.report(_OWN + (_UNITS - _OWN) * share))
    return len(every), int((numbers_of(subject, outputs).argmax(1) != answer).sum())


def _over_samples(subject: Subject, node: str, parts: Sequence[Index], samples: int) -> np.ndarray:
    """Count the parts that it takes for each test sample: (sample,); one more than there are where none suffices."""
    source = subject.samples
    if source is None or not len(source) or not samples:
        return np.zeros(0, np.int64)
    places = np.unique(np.linspace(0, len(source) - 1, min(samples, len(source))).round().astype(int))
    whole = replace(subject, tokens=None)  # of a sample's text, all is read
    counts = []
    for done, place in enumerate(places.tolist(), 1):
        batch: Tensor = source.inputs([place])
        resumed = resume_at(subject.model, node, batch)
        subject.report(_UNITS + (1 - _UNITS) * (done - 1) / len(places))
        if not resumed.outputs.isfinite().all():
            continue  # there is no answer that could change
        found = silence_greedily(resumed, parts, lambda outputs: numbers_of(whole, outputs),
                                 lambda share, done=done: subject.report(
                                     _UNITS + (1 - _UNITS) * (done - 1 + share) / len(places)))
        counts.append(len(found.order) if found.is_changed else len(parts) + 1)
    return np.array(counts)


def _tell_units(node: str, tried: int, changed: int, resumed: Resumed) -> Text:
    shape = tuple(resumed.output.shape[1:])
    facts = {"node": node, "shape": format_shape(shape), "tried": f"{tried:,}", "changed": f"{changed:,}"}
    if not changed:
        return text("No single unit does: each of {tried} of {node} ({shape}) was silenced alone, and the "
                    "answer stayed.",
                    **facts)
    return text("Silenced alone, {changed} of {tried} units of {node} ({shape}) change the answer.", **facts)


def _names(subject: Subject, resumed: Resumed) -> tuple[str, ...]:
    names = choices_of(subject, resumed.outputs[:1])
    return tuple(map(format_character, names)) if kind_of(subject) == CHARACTERS else names


def _finding(subject: Subject, resumed: Resumed, own: Silenced, parts: Sequence[Index], units: Text,
             counts: np.ndarray) -> Finding:
    names = _names(subject, resumed)
    order = ", ".join(str(next(at for at in parts[place] if at is not None)) for place in own.order)
    facts = {"node": resumed.node, "count": len(own.order), "total": len(parts), "order": order,
             "parts": _name_of_parts(subject, resumed), "answer": names[own.answer], "end": names[own.end]}
    if own.is_changed:
        found = text("Silencing {count} of the {total} {parts} of {node} ({order}) changes the answer from {answer} "
                     "to {end}.", **facts)
    else:
        found = text("With all {total} {parts} of {node} silenced, the answer is still {answer}.", **facts)
    note = text("{found} {units}", found=found, units=units)
    if len(counts):
        note = text("{note} {median}", note=note, median=_tell_median(counts, len(parts)))
    return Finding(text("What it takes to change the answer"), note)


def _curves(subject: Subject, resumed: Resumed, own: Silenced) -> Curves:
    margins, answer = np.array(own.margins, np.float32), _names(subject, resumed)[own.answer]
    parts = _name_of_parts(subject, resumed)
    return Curves(text("Margin of {answer} as {parts} of {node} are silenced", answer=answer, parts=parts,
                       node=resumed.node),
                  (Curve("margin", np.arange(len(margins), dtype=np.float32), margins, role="run"),),
                  f"{parts} silenced", "logit above the next one",
                  references=(Reference(text("the answer changes"), 0.0),))


def _tell_median(counts: np.ndarray, total: int) -> Text:
    median, never = float(np.median(counts)), int((counts > total).sum())
    if median > total:
        return text("For most of {count} test samples silencing all of them does not change the answer.",
                    count=len(counts))
    found = text("Over {count} test samples the median is {median:g} of {total}.", count=len(counts), median=median,
                 total=total)
    if not never:
        return found
    return text("{found} For {never} of them no number is enough.", found=found, never=never)


def _name_of_parts(subject: Subject, resumed: Resumed) -> Text:
    return part_name(subject, resumed.node, resumed.output.dim() - 1).several


def _histogram(parts: Text, node: str, counts: np.ndarray, total: int) -> Bars:
    most = int(min(total, counts[counts <= total].max(initial=1)))
    labels = [*map(str, range(1, most + 1)), *(["never"] if (counts > total).any() else [])]
    values = [*((counts == count).sum() for count in range(1, most + 1)),
              *([(counts > total).sum()] if (counts > total).any() else [])]
    median = int(min(np.median(counts), most + 1))
    return Bars(text("How many {parts} of {node} it takes to change the answer", parts=parts, node=node), tuple(labels),
                np.array(values, np.float32), "test samples", highlight=min(median, len(labels)) - 1)


def _no_answer() -> Text:
    return text("This network predicts numbers, so there is no answer that could change. Silence a part by hand, or "
                "look at the cost of silencing.")


def refuses_numbers(recipe: Recipe, _analysis: Analysis) -> Text | None:
    """Refuse a network that predicts no class."""
    return None if issubclass(tasks.of(recipe).answers, Probabilities | Tokens) else _no_answer()


GREEDY_SILENCING = ProbeSpec(
    name="greedy_silencing", title="How many it takes", summary="Channels silenced one after the other, always the one "
    "that lowers the margin most, until the answer changes: on this input, and how many it takes over test samples.",
    source="Bau et al. 2020; Morcos et al. 2018", compute=compute_greedy_silencing, returns=(Finding, Curves, Bars),
    place=WHAT_IF, is_chosen=True, cost=ON_REQUEST, term="silencing", refuses=refuses_numbers,
    params=(LAYER, Number("samples", "Test samples", 100, low=0, high=1000, integer=True,
                          help="How many test samples it is counted on, evenly spread over the test set.")),
)
