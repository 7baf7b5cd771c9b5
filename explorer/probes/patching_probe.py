"""Patching: what a node gives for another input, or in another network, put in place of what it gives here."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import numpy as np
from torch import Tensor

from explorer.formatting import format_character
from explorer.hooks import UnknownNode
from explorer.intervention.patching import KINDS, PARTS, PLACES, UNITS, Patches, patch
from explorer.intervention.resuming import Resumed, resume_at
from explorer.probes.attribution_target import explained_number
from explorer.probes.chosen_output import OutputParam
from explorer.probes.objective import CHARACTERS, choices_of, kind_of, numbers_of
from explorer.probes.part_names import part_name
from explorer.probes.probe import FOLLOWED, ON_REQUEST, WHAT_IF, ProbeSpec
from explorer.probes.robustness import check_finite
from explorer.probes.silenced_layer import LAYER, layer_or_last
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Bars, Heatmap, ImageGrid, Patching
from explorer.spec import Choice, Number
from explorer.text import Text, text

_BUDGET_BYTES = 1e9  # of what later modules give, for what follows at once: about a second
_SAMPLE = Number("sample", "Test sample", 1, low=0, integer=True,
                 help="The test sample whose values are taken, where no second input is chosen.")
_OF = OutputParam("of", "Change of", predicted="the answer there minus the answer here", has_loss=True,
                  help="The number whose change is shown.")


def compute_patching(subject: Subject, node: str = "", of: str = "", sample: int = 1) -> Patching:
    """Put what a node gives for a source in place of what it gives here: all of it, each channel, place and unit.

    The source is another input or network (`subject.source`), else the second input, else a test sample, else the
    second sample of the batch. of: the number whose change is shown: "" for the logit of the source's answer minus that
    of the answer here, else a class, a difference of two, or the loss. What would take more than a moment is left out.
    Raises UnknownNode; BadValue where shapes differ; NotApplicable.
    Source: Vig et al. 2020; Meng et al. 2022, section 2; Zhang & Nanda 2024.
    """
    return _patching(subject, node, of, sample, KINDS, _BUDGET_BYTES)


def compute_patching_everywhere(subject: Subject, node: str = "", of: str = "", sample: int = 1,
                                each: str = PLACES) -> Bars | Heatmap | ImageGrid:
    """Patch every channel, every place or every unit, as `compute_patching` does, however long it takes."""
    address = layer_or_last(subject, node)
    is_row = subject.activations([address])[address].dim() < 3  # whose numbers are channels, places and units alike
    found = _patching(subject, address, of, sample, [PARTS if is_row else each], math.inf)
    result = found.parts or found.places or found.units
    if result is None:
        raise NotApplicable(text("The changes are not finite numbers: the network has diverged. Choose an earlier "
                                 "step."))
    return result


def _patching(subject: Subject, node: str, of: str, sample: int, kinds: Collection[str], most_bytes: float) -> Patching:
    address = layer_or_last(subject, node)
    source = check_finite(_source(check_finite(subject), sample))
    _check_lengths(subject, source)
    subject.report(0.0)  # so that it can end
    resumed = resume_at(subject.model, address, subject.batch[:1])
    there = _values(source, address)[:1]
    number, what = _number(subject, source, of)
    patches = patch(resumed, there, number, kinds, most_bytes, subject.report)
    return Patching(
        address, what, patches.before, number(source.outputs[:1])[0].item(), patches.everything,
        (_answer(subject, subject.outputs), _answer(source, source.outputs)), _parts(subject, resumed, what, patches),
        _places(address, what, patches), _units(address, what, patches), _note(resumed, patches))


def _values(source: Subject, node: str) -> Tensor:
    try:
        return source.activations([node])[node]
    except UnknownNode as error:
        raise NotApplicable(text("The other network has no node called {node}: choose a layer that both have.",
                                 node=node)) from error


def _source(subject: Subject, sample: int) -> Subject:
    if subject.source is not None:
        return subject.source
    if subject.against is not None:
        return _with_input(subject, subject.against, subject.against_tokens)
    if subject.samples is not None and len(subject.samples):  # of whose text as much is read as was typed here
        if sample >= len(subject.samples):
            raise NotApplicable(text("There is no test sample {place}: the last one is {last}.", place=sample,
                                     last=len(subject.samples) - 1))
        return _with_input(subject, subject.samples.inputs([sample]), subject.tokens)
    if len(subject.batch) > 1:
        return _with_input(subject, subject.batch[1:2], subject.tokens)
    raise NotApplicable(text("There is no second input to take values from. Give a batch of two."))


def _with_input(subject: Subject, batch: Tensor, tokens: int | None) -> Subject:
    return Subject(subject.model, batch, subject.recipe, subject.class_names, subject.target_name,
                   subject.feature_names, tokens=tokens, held=subject.held)


def _check_lengths(subject: Subject, source: Subject) -> None:
    """Raise NotApplicable where more of one text was typed than of the other, whose answers are at other places."""
    if not subject.takes_tokens or subject.batch.shape[1:] != source.batch.shape[1:]:
        return
    here, there = (each.batch.shape[1] if each.tokens is None else each.tokens for each in (subject, source))
    if here != there:
        raise NotApplicable(text("{here} characters were typed here and {there} there, so the answers are at different "
                                 "places. Take two texts of equal length.", here=here, there=there))


def _number(subject: Subject, source: Subject, of: str) -> tuple[Callable[[Tensor], Tensor], Text]:
    if of:
        explained = explained_number(subject, of)
        return lambda outputs: explained.take(outputs)[:, explained.targets[0]], explained.what
    own, other = (int(numbers_of(each, each.outputs[:1])[0].nan_to_num().argmax()) for each in (subject, source))
    if own == other:
        return lambda outputs: numbers_of(subject, outputs)[:, own], \
            text("the logit of {name}, the answer to both", name=_name(subject, own))
    return lambda outputs: numbers_of(subject, outputs)[:, other] - numbers_of(subject, outputs)[:, own], \
        text("the logit of {other} minus the logit of {own}", other=_name(subject, other), own=_name(subject, own))


def _answer(subject: Subject, outputs: Tensor) -> str:
    return _name(subject, int(numbers_of(subject, outputs[:1])[0].nan_to_num().argmax()))


def _name(subject: Subject, place: int) -> str:
    name = choices_of(subject, subject.outputs[:1])[place]
    return format_character(name) if kind_of(subject) == CHARACTERS else name


def _parts(subject: Subject, resumed: Resumed, what: Text, patches: Patches) -> Bars | None:
    values = patches.parts.numpy()
    if not len(values) or not np.isfinite(values).all():
        return None
    name = part_name(subject, resumed.node, resumed.output.dim() - 1).one
    return Bars(text("Each {part} of {node} patched: change of {what}", part=name, node=resumed.node, what=what),
                tuple(map(str, range(len(values)))), values, "change", signed=True)


def _places(node: str, what: Text, patches: Patches) -> Heatmap | None:
    values = patches.places.numpy()
    if not values.size:
        return None
    maps = values.reshape(-1, values.shape[-1]) if values.ndim > 1 else values[None]
    axes = ("row", "column") if values.ndim > 1 else ("", "token")
    return Heatmap(text("Each place of {node} patched: change of {what}", node=node, what=what), maps, *axes,
                   signed=True)


def _units(node: str, what: Text, patches: Patches) -> ImageGrid | None:
    values = patches.units.numpy()
    if not values.size:
        return None
    maps = values.reshape((-1, *values.shape[-2:]))
    return ImageGrid(node, maps, signed=True, axis="channel" if values.ndim > 2 else "token", shape=values.shape,
                     note=text("Each unit of {node} patched: change of {what}", node=node, what=what))


def _note(resumed: Resumed, patches: Patches) -> Text | None:
    shape = tuple(resumed.output.shape[1:])
    if len(shape) > 1 and not patches.units.numel():
        return text("{count} units of {node} take longer than a moment one by one: compute them with “Patching "
                    "everywhere”.", count=f"{math.prod(shape):,}", node=resumed.node)
    return None


PATCHING = ProbeSpec(
    name="patching", title="Patching", summary="A node's values from another input or network in place of its own: "
    "how much of the difference between the two answers each place, channel and unit carries.",
    source="Vig et al. 2020; Meng et al. 2022; Zhang & Nanda 2024", compute=compute_patching, returns=(Patching,),
    place=WHAT_IF, is_chosen=True, cost=FOLLOWED, term="patching", params=(LAYER, _OF, _SAMPLE),
)
PATCHING_EVERYWHERE = ProbeSpec(
    name="patching_everywhere", title="Patching everywhere", summary="Every place, channel or unit of a layer patched "
    "from a test sample, however long it takes.", source="Vig et al. 2020; Meng et al. 2022; Zhang & Nanda 2024",
    compute=compute_patching_everywhere, returns=(Heatmap, Bars, ImageGrid), place=WHAT_IF, is_chosen=True,
    cost=ON_REQUEST, term="patching", params=(LAYER, _OF, _SAMPLE, Choice(
        "each", "Patch each", PLACES, (PLACES, PARTS, UNITS), ("place", "channel", "unit"),
        help="A place with all its channels, a channel with all its places, or one value at a time.")),
)
