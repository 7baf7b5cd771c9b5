"""Outputs of nodes thinned for thumbnails: views before copies, so that a large network costs little."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from explorer.results import NodeMaps
from explorer.results.network_maps import UNITS, thinning_of

_MOST_MAPS, _MOST_UNITS, _MOST_WEIGHTS = 32, 1_024, 12_288  # of one node's kernels
_NO_KERNELS = np.zeros((0, 0, 0, 0), np.float32)


def thin(address: str, output: Tensor, *, signed: bool | None = None, names: Sequence[str] = (),
         kernels: np.ndarray = _NO_KERNELS) -> NodeMaps:
    """Thin a node's output for one sample; output: without a batch axis, on any device, of any type.

    signed: None decides by the values. names: of all units, or of all tokens.

    >>> thin("conv1", torch.ones(64, 100, 50)).values.shape
    (32, 25, 25)
    """
    thinning = thinning_of(tuple(output.shape))
    is_row = thinning.form == UNITS
    maps = output.reshape(-1, 1, 1) if is_row else output.reshape(-1, *output.shape[-2:])
    shown, (down, across) = maps[:thinning.count], thinning.step
    low, high = _range(maps)
    return NodeMaps(
        address, thinning.form, _as_array(shown[:, ::down, ::across]), thinning.total, tuple(output.shape),
        thinning.step, low < 0 if signed is None else signed, max(-low, high) or 1.0,
        _ranges(shown), tuple(names[:thinning.count] if is_row else names[::down]), kernels)


def shown_kernels(module: nn.Module) -> np.ndarray:
    """Read the weights between the shown maps of a convolution's or a linear layer's input and output.

    Returns (map, source map, height, width), fewer source maps where there are many weights; empty for other modules.

    >>> shown_kernels(nn.Conv2d(1, 6, 5)).shape
    (6, 1, 5, 5)
    """
    if isinstance(module, nn.Linear):
        weight = module.weight.detach()[:_MOST_UNITS, :_MOST_UNITS, None, None]
    elif isinstance(module, nn.Conv2d):
        weight = module.weight.detach()[:_MOST_MAPS, :_MOST_MAPS]
    else:
        return _NO_KERNELS
    fitting = _MOST_WEIGHTS // max(1, len(weight) * math.prod(weight.shape[2:]))
    is_a_part = fitting < weight.shape[1]
    return _NO_KERNELS if is_a_part and weight.shape[2:] == (1, 1) else _as_array(weight[:, :fitting])


def _as_array(values: Tensor) -> np.ndarray:
    return np.ascontiguousarray(values.float().cpu().numpy())


def _range(maps: Tensor) -> tuple[float, float]:
    """Find the smallest and the largest finite value, 0 where there is none."""
    if not maps.numel():
        return 0.0, 0.0
    low, high = (value.item() for value in maps.aminmax())
    if math.isfinite(low) and math.isfinite(high):
        return float(low), float(high)
    finite = maps[maps.isfinite()]
    return _range(finite) if finite.numel() else (0.0, 0.0)


def _ranges(shown: Tensor) -> np.ndarray:
    if not shown.numel():
        return np.zeros((len(shown), 2), np.float32)
    return _as_array(torch.stack(torch.aminmax(shown.flatten(1).float(), dim=1), dim=1))
