"""Places of an input that an attribution is about: pixels, features or tokens."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import interpolate


def per_place(values: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sum attributions over what is at the same place, such as a pixel's channels: (sample, 1, height, width); those of
    tokens become (sample, token, 1), and where each value is a place of its own they stay as they are.

    values: (sample, ...), of the input, or of a layer's places, which are laid over the input's and keep their sum.
    shape: of one input.

    >>> import torch
    >>> per_place(torch.ones(2, 3, 4, 4), (3, 4, 4)).shape, per_place(torch.ones(2, 1, 2, 2), (3, 4, 4)).sum().item()
    (torch.Size([2, 1, 4, 4]), 8.0)
    """
    if len(shape) != 3 or values.dim() != 4:
        return values.reshape(*values.shape, *[1] * (len(shape) + 1 - values.dim()))
    summed = values.sum(1, keepdim=True)
    if summed.shape[2:] == shape[1:]:
        return summed
    laid = interpolate(summed, shape[1:], mode="bilinear", align_corners=False)
    return laid * (summed[0].numel() / laid[0].numel())
