"""Top patches: the parts of the test samples that excite a unit most, and those that excite it least."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.formatting import format_character, format_number
from explorer.hooks import as_taken
from explorer.probes.chosen_unit import Unit, choose_unit
from explorer.probes.probe import ON_REQUEST, UNIT, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.reading_windows import Box, windows_for
from explorer.probes.subject import Subject
from explorer.probes.tracing import entry_of, run_to
from explorer.probes.unit_names import axis_of_kin, feature_names, picture_shape
from explorer.results import Bars, Picture, Pictures, as_picture
from explorer.spec import Number
from explorer.text import Text, text

_CHUNK = 128  # samples of one pass
_CONTEXT = 12  # characters of a text before the one that is marked, and half as many after it


@dataclass(frozen=True)
class Hit:
    """A test sample and the place in the node's output where its unit is strongest, or weakest."""

    value: float
    sample: int
    unit: Unit


def compute_top_patches(subject: Subject, node: str, unit: Unit | None = None, count: int = 8) -> tuple:
    """Find the test samples with the largest value of a unit, and those with the smallest, largest effect first.

    A unit of a map stands for its whole map: each sample counts by its strongest place, and the patch is the part of
    the input that this place depends on. A token's feature stands for that feature of all tokens. Without a test set
    the batch is searched. Images give Pictures; a text Bars with the character in brackets; numbers Bars of rows.
    Raises UnknownNode; BadValue for a unit that the output lacks. Source: Zeiler & Fergus 2014, section 4.
    """
    unit = choose_unit(node, subject.activations([node])[node][0], unit)
    highest, lowest = find_hits(subject, node, unit, count)
    name = _name(unit, axis_of_kin(subject, node, unit))
    titles = [text("Highest {unit} of {node}", unit=name, node=node),
              text("Lowest {unit} of {node}", unit=name, node=node)]
    return tuple(_shown(subject, node, hits, title) for hits, title in zip((highest, lowest), titles, strict=True))


def find_hits(subject: Subject, node: str, unit: Unit, count: int) -> tuple[list[Hit], list[Hit]]:
    """Search the test set, or the batch, for the `count` samples with the highest and with the lowest values."""
    found: tuple[list[Hit], list[Hit]] = ([], [])
    axis = axis_of_kin(subject, node, unit)
    for first, batch in _batches(subject):
        with torch.no_grad():
            outputs = run_to(subject.model, node, as_taken(subject.model, batch)).float().cpu()
        alike = outputs.select(axis + 1, unit[axis]) if unit else outputs
        for hits, sign in zip(found, (1, -1), strict=True):
            best, places = (sign * alike.reshape(len(alike), -1)).max(1)
            order = best.topk(min(count, len(best))).indices.tolist()
            hits += [Hit(sign * float(best[each]), first + each, _whole_unit(int(places[each]), alike, unit, axis))
                     for each in order]
            hits.sort(key=lambda hit, sign=sign: -sign * hit.value)
            del hits[count:]
    return found


def _batches(subject: Subject) -> Iterator[tuple[int, Tensor]]:
    total = len(subject.samples) if subject.samples is not None else len(subject.batch)
    for first in range(0, total, _CHUNK):
        chunk = slice(first, min(total, first + _CHUNK))
        yield first, subject.samples.inputs(chunk) if subject.samples is not None else subject.batch[chunk]
        subject.report(chunk.stop / total)


def _whole_unit(place: int, alike: Tensor, unit: Unit, axis: int) -> Unit:
    inner = tuple(int(at) for at in np.unravel_index(place, tuple(alike.shape[1:]))) if alike.dim() > 1 else ()
    return (*inner[:axis], *unit[axis:axis + 1], *inner[axis:])


def _name(unit: Unit, axis: int) -> Text:
    if len(unit) == 1:
        return text("values of unit {unit}", unit=unit[0])
    if axis == 1:
        return text("values of feature {feature}", feature=unit[1])
    return text("values of map {channel}", channel=unit[0]) if unit else text("values")


def _shown(subject: Subject, node: str, hits: list[Hit], title: Text) -> Pictures | Bars:
    samples = [_sample(subject, hit.sample) for hit in hits]
    if picture_shape(subject):
        return Pictures(title, tuple(_picture(subject, node, hit, sample)
                                     for hit, sample in zip(hits, samples, strict=True)))
    label = _excerpt if subject.takes_tokens else _row
    labels = tuple(label(subject, node, hit, sample) for hit, sample in zip(hits, samples, strict=True))
    return Bars(title, labels, np.array([hit.value for hit in hits], np.float32), axis="value",
                signed=any(hit.value < 0 for hit in hits))


def _sample(subject: Subject, place: int) -> Tensor:
    return (subject.batch if subject.samples is None else subject.samples.inputs([place]))[
        place if subject.samples is None else 0].cpu()


def _window(subject: Subject, node: str, hit: Hit) -> Box | None:
    return windows_for(subject, node, hit.unit).get(entry_of(subject.model))


def _picture(subject: Subject, node: str, hit: Hit, sample: Tensor) -> Picture:
    pixels = as_taken(subject.model, sample[None]).reshape(picture_shape(subject)).float().cpu()
    window = _window(subject, node, hit)
    box = (*window[0][1:], *window[1][1:]) if window and len(window[0]) == 3 else ()
    is_whole = box == (0, 0, *pixels.shape[1:])
    return Picture(as_picture(pixels.clamp(0, 1).numpy()), _caption(subject, hit), () if is_whole else box)


def _caption(subject: Subject, hit: Hit) -> Text:
    named = {"value": format_number(hit.value), "sample": hit.sample}
    if subject.samples is None:
        return text("{value} · sample {sample}", **named)
    return text("{value} · target {target} · sample {sample}", target=subject.samples.target_name(hit.sample), **named)


def _excerpt(subject: Subject, node: str, hit: Hit, sample: Tensor) -> str:
    """Quote a piece of text with the last character that the unit reads in brackets."""
    window = _window(subject, node, hit)
    at = window[1][0] - 1 if window else 0
    names = [format_character(name) for name in subject.token_names(sample)]
    before, after = names[max(0, at - _CONTEXT):at], names[at + 1:at + 1 + _CONTEXT // 2]
    return f"{''.join(before)}[{names[at]}]{''.join(after)}"


def _row(subject: Subject, node: str, hit: Hit, sample: Tensor) -> str:
    names = feature_names(subject, sample.numel())
    values = ", ".join(f"{name} = {format_number(value, 3)}" for name, value in
                       zip(names[:3], sample.flatten().tolist(), strict=False))
    return f"{hit.sample}: {values}{', …' if sample.numel() > 3 else ''}"


TOP_PATCHES = ProbeSpec(
    name="top_patches", title="Most and least exciting patches",
    summary="The parts of the test samples at which the unit, or its map, has its highest and its lowest values.",
    source="Zeiler & Fergus 2014", compute=compute_top_patches, returns=(Pictures, Bars), place=UNIT,
    params=(NodeParam("node", "Layer"), UnitParam("unit", "Unit"),
            Number("count", "Patches", 8, low=1, high=32, integer=True, help="How many of each are shown.")),
    cost=ON_REQUEST, reads_input=False, term="receptive_field",
)
