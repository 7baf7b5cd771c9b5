"""Rules of interpolations, found by running the module on maps whose output gives places and weights away."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from torch import Tensor, nn

from explorer.operations.rules.given import Found, Given, operand
from explorer.results import WeightedGather

_APART = 4  # an output reads at most so many neighbors along an axis, as bicubic interpolation does


def sampled(module: nn.Module, given: Given) -> Found:
    """Read an interpolation whose outputs each read at most 4 neighbors along each axis (Upsample, SpatialSampler).

    The input's places are cut into classes, no two of one class among the neighbors. A map that is 1 for one class
    gives the weight of the class's only neighbor; times the places, weight times its place.
    """
    space = given.input.shape[1:]
    flat = torch.arange(int(np.prod(space)), dtype=torch.float32).view(space)
    classes = [_class_map(space, phase) for phase in itertools.product(range(_APART), repeat=len(space))]
    masks = torch.stack([each for each in classes if each.any()])
    others = [tensor[:1] for tensor in given.tensors[1:]]
    with torch.no_grad():
        weights, located = module(torch.cat([masks, masks * flat])[None], *others)[0].float().cpu().split(len(masks))
    place = (located / weights.where(weights != 0, torch.ones(()))).round()
    return _weighted(place.where(weights != 0, -torch.ones(())), weights), _operands(given)


def _class_map(space: tuple[int, ...], phase: tuple[int, ...]) -> Tensor:
    """Mark the places of one class: those with these remainders along each axis."""
    along = [(torch.arange(size) % _APART == rest).float() for size, rest in zip(space, phase)]
    return along[0] if len(along) == 1 else along[0][:, None] * along[1]


def region_align(module: nn.Module, given: Given) -> Found:
    """Read the crops of boxes: a bin's weights are those of its rows times those of its columns."""
    height, width = given.input.shape[1:]
    rows = torch.eye(height)[:, :, None].expand(-1, -1, width)
    columns = torch.eye(width)[:, None].expand(-1, height, -1)
    boxes = given.sample(given.tensors[1]).float().cpu()[None]
    with torch.no_grad():
        found = module(torch.cat([rows, columns, torch.ones(1, height, width)])[None], boxes)[0]  # (box, C, h, w)
    down, across, total = found.split([height, width, 1], 1)
    weights = down[:, :, None] * across[:, None] / total[:, :, None].clamp(min=1e-12)  # (box, y, x, h, w)
    weights = weights.flatten(1, 2).movedim(1, 0)  # (place, box, h, w)
    place = torch.arange(len(weights)).view(-1, 1, 1, 1).expand_as(weights)
    return _weighted(place.where(weights != 0, -torch.ones((), dtype=torch.long)), weights, 1), _operands(given)


def _weighted(place: Tensor, weights: Tensor, channel: int = 0) -> WeightedGather:
    """Keep as many terms as the output with the most of them has; (term, *output without channels)."""
    order = (weights != 0).int().argsort(dim=0, descending=True, stable=True)
    most = max(1, int((weights != 0).sum(0).max()))
    place, weights = (each.gather(0, order)[:most] for each in (place, weights))
    return WeightedGather(place.numpy().astype(np.int32), weights.numpy().astype(np.float32), channel)


def _operands(given: Given) -> tuple:
    names = ("input", "theta") if len(given.inputs) == 2 and given.inputs[1].ndim == 1 else ("input", "boxes")
    return tuple(operand(name, values) for name, values in zip(names, given.inputs))
