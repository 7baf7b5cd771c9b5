"""Segments of an input that are taken away together: patches of a picture, tokens of a text, else single values."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.spec import Number

_PATCHES_ACROSS = 8  # of the larger side, where no size is given
PATCH = Number("patch", "Patch", None, low=1, high=4096, integer=True, optional=True, unit="px",
               help="The side of the squares that are taken away together. If empty, an eighth of the larger side.")


def segments_of(inputs: Tensor, patch: int | None, are_tokens: bool) -> Tensor:
    """Number the segments of one input, from 0 on: (1, ...) as inputs (sample, ...).

    >>> segments_of(torch.zeros(1, 1, 2, 4), 2, False).tolist()
    [[[[0, 0, 1, 1], [0, 0, 1, 1]]]]
    """
    one = inputs[:1]
    if are_tokens:
        numbers = torch.arange(one.shape[1], device=one.device)[:, None]
    elif one.dim() == 4:
        side = patch or automatic_patch(inputs)
        rows, columns = (torch.arange(size, device=one.device) // side for size in one.shape[2:])
        numbers = rows[:, None] * (columns[-1] + 1) + columns
    else:
        numbers = torch.arange(one.numel(), device=one.device).reshape(one.shape[1:])
    return numbers.expand_as(one[0])[None].clone()


def automatic_patch(inputs: Tensor) -> int:
    """Choose the side of patches for pictures (sample, channel, height, width).

    >>> automatic_patch(torch.zeros(1, 3, 28, 20))
    4
    """
    return -(-max(inputs.shape[2:]) // _PATCHES_ACROSS)


def spread(values: Tensor, segments: Tensor) -> Tensor:
    """Spread each segment's value evenly over its places, so that the sum over places is that over segments.

    values: (sample, ...), at each place its segment's value.

    >>> spread(torch.full((1, 4), 6.0), torch.tensor([[0, 0, 0, 1]])).tolist()
    [[2.0, 2.0, 2.0, 6.0]]
    """
    return values / segments.flatten().bincount()[segments]
