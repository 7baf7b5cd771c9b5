"""The path of a unit: its value, and the windows that it depends on from node to node back to the input."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from torch import Tensor

from explorer.formatting import format_number, format_shape
from explorer.network.receptive_field import receptive_fields
from explorer.probes.chosen_unit import Unit, choose_unit, format_unit
from explorer.probes.probe import FOLLOWED, UNIT, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.reading_windows import Box, windows_for
from explorer.probes.subject import NotApplicable, Subject, no_output
from explorer.probes.tracing import Trace, trace
from explorer.probes.unit_names import axes_at, input_names, kind_of, last_names, picture_shape
from explorer.results import Stage, UnitPath
from explorer.text import Text, text

_MOST_DRAWN, _LONGEST_ROW = 64, 1024  # values along a side of a map, and in a row of features


def compute_unit_path(subject: Subject, node: str, unit: Unit | None = None) -> UnitPath:
    """Follow a unit back to the input: each stage with the window of its output that the unit depends on.

    Where several nodes feed the next one, the way goes through the one that contributes most, by the sum of
    |gradient · value|; the others are named. A window holds every value that can change the unit, whatever the
    weights are; it is exact along each axis, and so may hold values between them that do not matter (dilation).
    Raises UnknownNode; BadValue for a unit that the output lacks; NotApplicable where the node gives no numbers, or for
    two inputs.
    Source: Araujo, Norris & Sim 2019 (receptive fields); Simonyan et al. 2014, section 3 (gradients).
    """
    if subject.against is not None:
        raise NotApplicable(text("The path is shown for one input: choose A or B."))
    traced = trace(subject.model, subject.batch[:1], node)
    if node not in traced.values or not traced.values[node].is_floating_point():
        return _path_of_token(subject, node, unit, traced)
    unit = choose_unit(node, traced.values[node][0], unit)
    target = traced.values[node][(0, *unit)]
    shares = {address: (gradient * traced.values[address])[0].detach().abs()
              for address, gradient in traced.gradients(target).items()}
    boxes = windows_for(subject, node, unit)
    stages = tuple(_stage(subject, address, traced, boxes[address], shares.get(address), branches)
                   for address, branches in _chain(traced, boxes, shares, node))
    field = _field(subject, node, unit)
    return UnitPath(node, unit, float(target.detach()), stages, _patch(traced.values[stages[0].node][0], stages[0]),
                    field, _describe(stages))


def _path_of_token(subject: Subject, node: str, unit: Unit | None, traced: Trace) -> UnitPath:
    """Return the path of a node that holds whole numbers: it has one stage, itself."""
    if node not in traced.values:
        raise no_output(node)
    value = traced.values[node][0]
    unit = choose_unit(node, value, unit)
    box = unit, tuple(at + 1 for at in unit)
    stage = _stage(subject, node, traced, box, None, ())
    return UnitPath(node, unit, float(value[unit]), (stage,), np.zeros((0, 0, 0), np.float32), (), _describe((stage,)))


def _chain(
    traced: Trace, boxes: Mapping[str, Box], shares: Mapping[str, Tensor], node: str,
) -> list[tuple[str, tuple[str, ...]]]:
    """List (address, the other nodes that feed the next one) from the input to the unit's node.

    A block's own inputs are left out: they only pass on what reaches the block.
    """
    chain, at, others = [(node, ())], node, ()
    while fed := [source for source in dict.fromkeys(traced.sources[at]) if source in boxes]:
        at = max(fed, key=lambda source: float(shares[source].sum()) if source in shares else 0.0)
        others += tuple(source for source in fed if source != at)
        if at in traced.borders:
            continue
        chain.append((at, others))
        others = ()
    return chain[::-1]


def _stage(
    subject: Subject, node: str, traced: Trace, box: Box, share: Tensor | None, branches: tuple[str, ...],
) -> Stage:
    value = traced.values[node][0].detach()
    shape, (start, stop) = tuple(value.shape), box
    window = tuple(slice(*bounds) for bounds in zip(start, stop, strict=True))
    is_picture = not traced.sources[node] and len(shape) == 3 and shape[0] == 3
    shown = () if is_picture else _strongest_map(value if share is None else share, window)
    maps = (value if is_picture else value[shown]).float().cpu()
    maps = maps.reshape(*(1,) * (3 - maps.dim()), *maps.shape)
    inner = value[shown][window[len(shown):]].float()
    every = _steps(tuple(maps.shape[1:]))
    return Stage(
        node, kind_of(subject, node), axes_at(subject, node, shape), shape, start, stop, shown,
        maps[:, ::every[0], ::every[1]].contiguous().numpy(), every,
        float(inner.flatten()[inner.abs().argmax()]) if inner.numel() else 0.0,
        bool((value < 0).any()), _labels(subject, node, traced, shape), branches,
        _across(subject, node, traced) if every == (1, 1) else 0)


def _strongest_map(share: Tensor, window: tuple[slice, ...]) -> tuple[int, ...]:
    """Find the map that contributes most within the window, by its index along all axes but the last two."""
    leading = share.dim() - 2
    if leading <= 0:
        return ()
    sums = share.float().abs()[window].sum((-2, -1))
    inner = np.unravel_index(int(sums.argmax()), tuple(sums.shape))
    return tuple(int(at) + each.start for at, each in zip(inner, window, strict=False))


def _steps(shape: tuple[int, int]) -> tuple[int, int]:
    most = (_MOST_DRAWN, _LONGEST_ROW if shape[0] == 1 else _MOST_DRAWN)
    return tuple(-(-size // largest) for size, largest in zip(shape, most, strict=True))


def _across(subject: Subject, node: str, traced: Trace) -> int:
    """Return the length of a row of what was flattened to one axis: of a single map, else each map is a row."""
    count, sources = traced.values[node][0].numel(), traced.sources[node]
    before = tuple(traced.values[sources[0]].shape[1:]) if sources else picture_shape(subject) or ()
    if traced.values[node].dim() != 2 or len(before) < 2 or math.prod(before) != count:
        return 0
    return before[-1] if len(before) == 2 or before[0] == 1 else math.prod(before[1:])


def _labels(subject: Subject, node: str, traced: Trace, shape: tuple[int, ...]) -> tuple[str, ...]:
    if len(shape) == 1 and not traced.sources[node]:
        return input_names(subject, shape[0])
    return last_names(subject, node, shape[-1]) if shape else ()


def _patch(value: Tensor, first: Stage) -> np.ndarray:
    if value.dim() != 3 or not value.is_floating_point():
        return np.zeros((0, 0, 0), np.float32)
    rows, columns = (slice(*bounds) for bounds in zip(first.start[1:], first.stop[1:], strict=True))
    return value.detach()[:, rows, columns].float().cpu().contiguous().numpy()


def _field(subject: Subject, node: str, unit: Unit) -> tuple[float, ...]:
    """Return the theoretical receptive field with what lies in the padding; () where it is unknown or no box."""
    field = receptive_fields(subject.recipe.network).get(node) if subject.recipe else None
    has_place = len(unit) == 3
    if field is None or (not field.is_whole and (not has_place or field.patches)):
        return ()
    return tuple(map(float, field.box(*(unit[1:] if has_place else (0, 0)))))


def _describe(stages: tuple[Stage, ...]) -> Text:
    first, last = stages[0], stages[-1]
    named = {"node": last.node, "unit": format_unit(last.start), "value": format_number(last.largest)}
    if len(stages) == 1:
        return text("Unit {unit} of {node} is {value}.", **named)
    if first.is_whole:
        return text("Unit {unit} of {node} is {value}; it depends on the whole input.", **named)
    sizes = tuple(stop - start for start, stop in zip(first.start, first.stop, strict=True))
    if len(sizes) == 3:
        return text("Unit {unit} of {node} is {value}; it depends on {size} pixels of the input, from row {top} and "
                    "column {left} on.", **named, size=format_shape(sizes[1:]), top=first.start[1], left=first.start[2])
    return text("Unit {unit} of {node} is {value}; it depends on positions {first} to {last} of the input.", **named,
                first=first.start[0], last=first.stop[0] - 1)


UNIT_PATH = ProbeSpec(
    name="unit_path", title="Path of a unit",
    summary="The windows that a unit depends on, from node to node back to the input.",
    source="Araujo, Norris & Sim 2019; Simonyan et al. 2014", compute=compute_unit_path, returns=(UnitPath,),
    place=UNIT, params=(NodeParam("node", "Layer"), UnitParam("unit", "Unit")), cost=FOLLOWED, term="receptive_field",
)
