"""Cropping of maps."""

from __future__ import annotations

from explorer.blocks.block import Block, Window
from explorer.blocks.checks import pair, set_param
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Choice, Sizes
from explorer.text import text


def _corner(params, shape) -> tuple[int, int]:
    """Return the first row and column to keep."""
    if params["position"] == "offset":
        return pair(params["offset"])
    return tuple((have - keep) // 2 for have, keep in zip(shape[1:], pair(params["size"]), strict=True))


def _build(params, in_shapes):
    from torch import Tensor, nn

    (top, left), (height, width) = _corner(params, in_shapes[0]), pair(params["size"])

    class Crop(nn.Module):
        """(batch, channel, height, width) -> the same with fewer rows and columns."""

        def forward(self, x: Tensor) -> Tensor:
            return x[:, :, top:top + height, left:left + width]

    return Crop()


def _check(params, signals):
    shape = signals[0].shape
    if len(shape) != 3:
        return [Problem(text("{block} needs a map (channel × height × width) but gets {shape}.", block="Crop",
                             shape=format_shape(shape)))]
    size = pair(params["size"])
    if any(keep > have for keep, have in zip(size, shape[1:], strict=True)):
        fitting = tuple(min(keep, have) for keep, have in zip(size, shape[1:], strict=True))
        return [Problem(text("Crop cannot cut {size} pixels out of {map}.", size=format_shape(size),
                             map=format_shape(shape[1:])), set_param("size", fitting, "size"))]
    corner = _corner(params, shape)
    if all(start + keep <= have for start, keep, have in zip(corner, size, shape[1:], strict=True)):
        return []
    return [Problem(text("A crop of {size} pixels at row {row}, column {column} is not inside the map of {map}.",
                         size=format_shape(size), row=corner[0], column=corner[1], map=format_shape(shape[1:])),
                    set_param("position", "center", "position"))]


CROP = Block(
    name="crop", title="Crop", family="shape",
    summary="Crops a map, at its center or at a given offset.",
    params=(
        Sizes("size", "Size", 4, high=100_000, unit="pixels", help="Output height and width."),
        Choice("position", "Position", "center", ("center", "offset"), ("Center", "At an offset"),
               help="Where to crop: at the center, or at the offset below."),
        Sizes("offset", "Offset", 0, low=0, high=100_000, unit="pixels",
              help="The first row and column to keep, for a crop at an offset."),
    ),
    formula=r"y_{c,i,j} = x_{c,\,i + t,\,j + l}", source="Ronneberger et al. 2015 (U-Net)",
    build=_build, check=_check,
    sees=lambda params, in_shape: Window(padding=tuple(-start for start in _corner(params, in_shape))),
)
