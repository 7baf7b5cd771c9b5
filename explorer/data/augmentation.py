"""Random augmentations of training images, a whole batch at once on its own device; labels do not change.

Each function takes images (batch, channel, height, width) as float32 between 0 and 1, and returns the same shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from explorer.data.fitting import LUMA

Params = Mapping[str, Any]


def augment(images: Tensor, steps: Iterable[tuple[str, Params]], generator: Generator) -> Tensor:
    """Apply these augmentations to images, in order; `generator` must be on the images' device."""
    for name, params in steps:
        images = AUGMENT[name](images, params, generator)
    return images


def _uniform(low: float, high: float, images: Tensor, generator: Generator) -> Tensor:
    """Draw one number per image, (batch, 1, 1, 1)."""
    drawn = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    return low + (high - low) * drawn


def _flip(images: Tensor, params: Params, generator: Generator) -> Tensor:
    chosen = _uniform(0, 1, images, generator) < params["share"]
    return torch.where(chosen, images.flip(3), images)


def _crop(images: Tensor, params: Params, generator: Generator) -> Tensor:
    padding = params["padding"]
    height, width = images.shape[2:]
    padded = F.pad(images, (padding,) * 4)
    shifts = torch.randint(0, 2 * padding + 1, (2, len(images), 1), generator=generator, device=images.device)
    rows = shifts[0] + torch.arange(height, device=images.device)  # (batch, height)
    columns = shifts[1] + torch.arange(width, device=images.device)  # (batch, width)
    every = torch.arange(len(images), device=images.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[every, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _rotation(images: Tensor, params: Params, generator: Generator) -> Tensor:
    """Rotate with bilinear interpolation; pixels from outside the image are black."""
    height, width = images.shape[2:]
    angle = torch.deg2rad(_uniform(-params["degrees"], params["degrees"], images, generator))[:, 0, 0, 0]
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    across, down = sin * height / width, sin * width / height  # coordinates run from -1 to 1 along either side
    matrix = torch.stack([torch.stack([cos, -across, zero], 1), torch.stack([down, cos, zero], 1)], 1)
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def _color_jitter(images: Tensor, params: Params, generator: Generator) -> Tensor:
    """Change brightness, contrast and saturation, in this order."""
    images = images * _around_one(params["brightness"], images, generator)
    gray = to_gray(images)
    images = blend(images, gray.mean((1, 2, 3), keepdim=True), _around_one(params["contrast"], images, generator))
    return blend(images, to_gray(images), _around_one(params["saturation"], images, generator)).clamp(0, 1)


def _around_one(share: float, images: Tensor, generator: Generator) -> Tensor:
    return _uniform(1 - share, 1 + share, images, generator)


def to_gray(images: Tensor) -> Tensor:
    """Convert to grayscale, (batch, 1, height, width); without three channels, by the mean over channels."""
    if images.shape[1] != 3:
        return images.mean(1, keepdim=True)
    return (images * _luma(images.device, images.dtype)).sum(1, keepdim=True)


@cache
def _luma(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Copy the weights of the three channels to a device, once: a GPU would have to be waited for at each batch."""
    return torch.tensor(LUMA, device=device, dtype=dtype)[:, None, None]


def blend(images: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    return (factor * images + (1 - factor) * other).clamp(0, 1)


def _erasing(images: Tensor, params: Params, generator: Generator) -> Tensor:
    """Blacken a rectangle of 2 % of the area up to `area`, with sides of 3:10 to 10:3."""
    height, width = images.shape[2:]
    area = _uniform(min(0.02, params["area"]), params["area"], images, generator) * height * width
    ratio = torch.exp(_uniform(-1.2, 1.2, images, generator))
    tall, wide = (area * ratio).sqrt().clamp(max=height), (area / ratio).sqrt().clamp(max=width)
    top = _uniform(0, 1, images, generator) * (height - tall)
    left = _uniform(0, 1, images, generator) * (width - wide)
    rows = torch.arange(height, device=images.device)[:, None]
    columns = torch.arange(width, device=images.device)
    inside = (rows >= top) & (rows < top + tall) & (columns >= left) & (columns < left + wide)
    chosen = _uniform(0, 1, images, generator) < params["share"]
    return images.masked_fill(inside & chosen, 0.0)


def _noise(images: Tensor, params: Params, generator: Generator) -> Tensor:
    drawn = torch.randn(images.shape, generator=generator, device=images.device)
    return (images + params["std"] * drawn).clamp(0, 1)


AUGMENT: dict[str, Callable[[Tensor, Params, Generator], Tensor]] = {
    "flip": _flip, "crop": _crop, "rotation": _rotation, "color_jitter": _color_jitter, "erasing": _erasing,
    "noise": _noise}
