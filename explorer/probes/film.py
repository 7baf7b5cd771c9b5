"""A film of training: one map of a node for this input, or the kernels of a layer, at every step that was kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from explorer.probes.chosen_unit import Unit, choose_unit
from explorer.probes.kept_steps import (
    Weights,
    kept_steps,
    name_of_weights,
    note_of_edits,
    output_at,
    recorded_at,
    thinned_steps,
    weights_of,
)
from explorer.probes.probe import FOLLOWED, TIME, ProbeSpec
from explorer.probes.probe_params import NodeParam, StepsParam, UnitParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Film
from explorer.spec import Choice
from explorer.text import Text, text

MAP, KERNELS = "map", "kernels"
_MOST_FRAMES, _MOST_SIDE, _MOST_VALUES, _MOST_TILES, _MOST_INPUTS = 120, 128, 16_384, 512, 16
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True)
class _Camera:
    """A way to take a frame, (tile, height, width), with some weights, and what is known of all of them."""

    take: Callable[[Weights], Tensor]
    place: tuple[int, ...] = ()
    across: int = 1
    total: tuple[int, ...] = ()
    every: tuple[int, int] = (1, 1)


def compute_film(subject: Subject, node: str, what: str = MAP, unit: Unit | None = None,
                 only: tuple[int, ...] | None = None) -> Film:
    """Film the map that a unit lies in, or all kernels of a layer, over the steps whose weights were kept.

    Of more than 120 steps a part is filmed, evenly, with the first, the last and this one. only: the steps that are
    taken now; None for all. A step that cannot be read is left out and named. Weights are as they were trained, without
    changes by hand. For two inputs the map is the first's minus the second's. Raises UnknownNode; BadValue for a unit
    that the output lacks; NotApplicable for a node without output, or without weights.
    Source: the run's own checkpoints.
    """
    steps = thinned_steps(subject, _MOST_FRAMES)
    wanted = steps if only is None else sorted(set(only) & set(kept_steps(subject)))
    camera = _over_kernels(subject, node) if what == KERNELS else _over_map(subject, node, unit)
    taken = {step: camera.take(weights) for step, weights in weights_of(subject, wanted)}
    frames = np.stack([frame.numpy() for frame in taken.values()]) if taken else np.zeros((0, 0, 0, 0), np.float32)
    epoch, loss = recorded_at(subject, list(taken))
    return Film(
        _title(node, what, camera), node, what, camera.place, np.array(list(taken), np.int32), frames, camera.across,
        camera.total, camera.every, bool((frames < 0).any()),
        float(np.abs(frames[np.isfinite(frames)]).max(initial=0.0)), epoch, loss, np.array(steps, np.int32),
        tuple(step for step in wanted if step not in taken), note_of_edits(subject))


def _title(node: str, what: str, camera: _Camera) -> Text:
    if what == KERNELS:
        return text("Weights of {node}", node=node)
    if not camera.place:
        return text("Output of {node}", node=node)
    return text("Map {map} of {node}", map=", ".join(map(str, camera.place)), node=node)


def _over_map(subject: Subject, node: str, unit: Unit | None) -> _Camera:
    own = subject.activations([node])[node][0]
    place = choose_unit(node, own, unit)[:-2]
    inputs = [subject.batch[:1]] + ([] if subject.against is None else [subject.against[:1]])
    every = _steps_of(_as_rows(own[place]))

    def take(weights: Weights) -> Tensor:
        maps = [_as_rows(output_at(subject, node, each, weights)[0][place]) for each in inputs]
        return (maps[0] if len(maps) == 1 else maps[0] - maps[1])[None, ::every[0], ::every[1]]

    return _Camera(take, place, total=tuple(own.shape[:len(place)]), every=every)


def _as_rows(values: Tensor) -> Tensor:
    """Return a map as it is, and a row of features in lines of about equal length, filled up with NaN."""
    values = values.float().cpu()
    if values.dim() == 2:
        return values
    flat = values.flatten()
    across = len(flat) if len(flat) <= 32 else math.ceil(math.sqrt(len(flat)))
    return torch.nn.functional.pad(flat, (0, -len(flat) % max(1, across)), value=torch.nan).reshape(-1, max(1, across))


def _steps_of(rows: Tensor) -> tuple[int, int]:
    return tuple(max(1, -(-size // _MOST_SIDE)) for size in rows.shape)


def _over_kernels(subject: Subject, node: str) -> _Camera:
    module = subject.module_at(node)
    name = name_of_weights(module)
    if name is None:
        raise NotApplicable(text("{node} has no weights to film. Choose a layer that has some, or film a map.",
                                 node=node))
    key, own = f"{node}.{name}", dict(module.named_parameters(recurse=False))[name].detach()
    kernels = _as_tiles(module, own)
    outputs, inputs = kernels.shape[:2]
    every = _steps_of(kernels[0, 0])
    size = math.prod(kernels[0, 0, ::every[0], ::every[1]].shape)
    shown_inputs = min(inputs, _MOST_INPUTS)
    shown = max(1, min(outputs, _MOST_TILES // shown_inputs, _MOST_VALUES // (shown_inputs * size)))

    def take(weights: Weights) -> Tensor:
        values = own if weights is None else weights[key]
        tiles = _as_tiles(module, values)[:shown, :shown_inputs, ::every[0], ::every[1]]
        return tiles.float().cpu().clone().flatten(0, 1)

    return _Camera(take, across=shown_inputs if inputs > 1 else math.ceil(math.sqrt(shown)), total=(outputs, inputs),
                   every=every)


def _as_tiles(module: nn.Module, weights: Tensor) -> Tensor:
    """Return weights as (output, input, height, width); those that are a matrix or a row are one tile."""
    if isinstance(module, _TRANSPOSED):
        weights = weights.transpose(0, 1)
    if weights.dim() < 3:
        return weights.reshape(1, 1, -1, weights.shape[-1])
    return weights.reshape(*weights.shape[:2], -1, weights.shape[-1])


FILM = ProbeSpec(
    name="film", title="Film of training", summary="A map, or the kernels of a layer, at every step that was kept.",
    source="the run's checkpoints", compute=compute_film, returns=(Film,), place=TIME,
    params=(NodeParam("node", "Layer"), Choice("what", "Filmed", MAP, (MAP, KERNELS), ("a map", "weights")),
            UnitParam("unit", "Unit"), StepsParam("only", "Steps")),
    cost=FOLLOWED, term="checkpoint",
)
