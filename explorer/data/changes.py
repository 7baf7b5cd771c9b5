"""Changes to an input before the network takes it: moved, blurred, lit and disturbed, each with a neutral value.

They act on pixels in 0..1, before anything that the network itself does to its input, always in one order: scale,
rotation and shift in a single resampling; blur; brightness; contrast; gamma; CLAHE; noise. A table's numbers take noise
only, in their own units; a text takes no change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.data.dataset import TEXT, Dataset, Shape
from explorer.data.fitting import image_shape
from explorer.spec import Number, parse_params

if TYPE_CHECKING:
    from torch import Tensor

_NOISE_SEED = 0
_BLUR_REACH = 3  # of the kernel to either side, in standard deviations
_LEAST_BLUR_PX = 0.05  # below it no neighbor has any weight, and the weights' own formula ends in 0/0
_FARTHEST_PX = 4096

SHIFT_X = Number("shift_x", "Shift right", 0.0, -_FARTHEST_PX, _FARTHEST_PX, unit="px")
SHIFT_Y = Number("shift_y", "Shift down", 0.0, -_FARTHEST_PX, _FARTHEST_PX, unit="px")
NOISE = Number("noise", "Noise", 0.0, 0, 1,
               help="Standard deviation of normal noise that is added; the same noise at every strength.")
CHANGES = (
    SHIFT_X, SHIFT_Y,
    Number("rotate", "Rotate", 0.0, -180, 180, unit="°", help="Clockwise, about the center."),
    Number("scale", "Scale", 1.0, 0.25, 4, unit="×", help="About the center."),
    Number("blur", "Blur", 0.0, 0, 8, unit="px", help="Standard deviation of the Gaussian kernel."),
    Number("brightness", "Brightness", 1.0, 0, 3, unit="×", help="Factor of every pixel."),
    Number("contrast", "Contrast", 1.0, 0, 3, unit="×", help="Factor of each pixel's distance from the mean gray."),
    Number("gamma", "Gamma", 1.0, 0.2, 5, help="Each pixel is raised to this power: below 1 brightens the shadows."),
    Number("clahe", "CLAHE", 0.0, 0, 0.2,
           help="Clip limit of contrast-limited adaptive histogram equalization; 0 leaves it out."),
    NOISE,
)
_NEUTRAL = {change.name: change.default for change in CHANGES}


def changes_for(dataset: Dataset, input_shape: Shape) -> tuple[Number, ...]:
    """List the changes that an input of this network can take, with limits that suit its size.

    >>> from explorer.data import get
    >>> [change.name for change in changes_for(get("sine"), (1,))]
    ['noise']
    >>> changes_for(get("mnist"), (784,))[0].high
    14
    """
    if dataset.kind is TEXT:
        return ()
    shape = image_shape(dataset, input_shape)
    if shape is None:
        return (NOISE,)
    across, down = shape[2] // 2, shape[1] // 2
    return replace(SHIFT_X, low=-across, high=across), replace(SHIFT_Y, low=-down, high=down), *CHANGES[2:]


def apply(batch: Tensor, changes: Mapping[str, Any], shape: Shape | None = None) -> Tensor:
    """Change a batch, (sample, channel, height, width) in 0..1 or (sample, feature); neutral values return the batch.

    shape: that of the images which (sample, feature) holds flattened. Raises BadValue.

    >>> import torch
    >>> image = torch.tensor([[[[0.0, 0.5], [1.0, 0.5]]]])
    >>> apply(image, {"brightness": 0.5}).flatten().tolist()
    [0.0, 0.25, 0.5, 0.25]
    >>> apply(image, {"brightness": 1}) is image
    True
    """
    values = parse_params(CHANGES, changes)
    if values == _NEUTRAL or not batch.is_floating_point():
        return batch
    if batch.ndim == 2 and shape is None:
        return _with_noise(batch, values["noise"])
    images = batch.reshape(len(batch), *shape) if batch.ndim == 2 else batch
    return _changed(images, values).reshape(batch.shape)


def _changed(images: Tensor, values: Mapping[str, float]) -> Tensor:
    """Change images; those of other than 1 or 3 channels channel by channel, as gray images."""
    shown = images if images.shape[1] in (1, 3) else images.flatten(0, 1)[:, None]
    shown = _moved(shown, values).clamp(0, 1)
    for name, change in _PIXELS.items():
        if values[name] != _NEUTRAL[name]:
            shown = change(shown, values[name])
    return shown.clamp(0, 1).reshape(images.shape)


def _moved(images: Tensor, values: Mapping[str, float]) -> Tensor:
    if all(values[name] == _NEUTRAL[name] for name in ("shift_x", "shift_y", "rotate", "scale")):
        return images
    import torch
    import torch.nn.functional as F

    height, width = images.shape[2:]
    angle, scale = math.radians(values["rotate"]), values["scale"]
    cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
    x, y = values["shift_x"], values["shift_y"]
    # where each pixel comes from, from the center, in pixels; then in the grid's units, -1 to 1 along either side
    matrix = torch.tensor([[cos, sin, -cos * x - sin * y], [-sin, cos, sin * x - cos * y]], dtype=images.dtype)
    half = torch.tensor([width / 2, height / 2, 1], dtype=images.dtype)
    grid = F.affine_grid((matrix * half / half[:2, None]).expand(len(images), 2, 3), list(images.shape),
                         align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def _blurred(images: Tensor, sigma: float) -> Tensor:
    """Average over each pixel's surroundings with a Gaussian's weights, along one side after the other.

    Beyond the border the image is mirrored.
    """
    import torch
    import torch.nn.functional as F

    if sigma < _LEAST_BLUR_PX:
        return images
    for axis in (2, 3):
        reach = min(math.ceil(_BLUR_REACH * sigma), images.shape[axis] - 1)
        weights = torch.exp(-torch.arange(-reach, reach + 1, dtype=images.dtype) ** 2 / (2 * sigma**2))
        shape, margins = ((-1, 1), (0, 0, reach, reach)) if axis == 2 else ((1, -1), (reach, reach, 0, 0))
        kernel = (weights / weights.sum()).reshape(1, 1, *shape).expand(images.shape[1], 1, -1, -1)
        images = F.conv2d(F.pad(images, margins, mode="reflect"), kernel, groups=images.shape[1])
    return images


def _brightened(images: Tensor, factor: float) -> Tensor:
    return (factor * images).clamp(0, 1)


def _contrasted(images: Tensor, factor: float) -> Tensor:
    from explorer.data.augmentation import blend, to_gray

    return blend(images, to_gray(images).mean((1, 2, 3), keepdim=True), factor)


def _equalized(images: Tensor, clip_limit: float) -> Tensor:
    """Equalize each image by its own neighborhoods, CLAHE: of three channels the brightness (HSV's value).

    Source: Zuiderveld 1994, Graphics Gems IV.
    """
    import torch
    from skimage.exposure import equalize_adapthist

    done = []
    for image in images.permute(0, 2, 3, 1).numpy():
        pixels = image if image.shape[2] == 3 else image[:, :, 0]
        done.append(equalize_adapthist(pixels, clip_limit=clip_limit).reshape(image.shape))
    return torch.stack([torch.from_numpy(each) for each in done]).permute(0, 3, 1, 2).to(images.dtype)


def _with_noise(values: Tensor, std: float) -> Tensor:
    import torch

    generator = torch.Generator().manual_seed(_NOISE_SEED)
    return values + std * torch.randn(values.shape, generator=generator)


_PIXELS: dict[str, Callable[[Tensor, float], Tensor]] = {  # in the order in which they are done
    "blur": _blurred, "brightness": _brightened, "contrast": _contrasted, "gamma": lambda images, power: images**power,
    "clahe": _equalized, "noise": _with_noise,
}
