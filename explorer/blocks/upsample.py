"""Upsampling by a fixed rule: nothing is learned."""

from __future__ import annotations

from explorer.blocks.block import UNKNOWN, Block, Window
from explorer.blocks.checks import needs_map, pair
from explorer.spec import Choice, Flag, Sizes


def _build(params, in_shapes):
    from torch import nn

    bilinear = params["mode"] == "bilinear"
    return nn.Upsample(scale_factor=params["scale_factor"], mode=params["mode"],
                       align_corners=params["align_corners"] if bilinear else None)


UPSAMPLE2D = Block(
    name="upsample2d", title="Upsample", family="convolution",
    summary="Enlarges a map without parameters: repeats the nearest pixel, or interpolates (bilinear).",
    params=(
        Sizes("scale_factor", "Scale factor", 2, high=64, help="The factor by which height and width grow."),
        Choice("mode", "Mode", "nearest", ("nearest", "bilinear"), ("Nearest", "Bilinear"),
               help="Whether a new pixel copies the nearest one or interpolates between four."),
        Flag("align_corners", "Align corners", False,
             help="For bilinear: whether to align the centers of the corner pixels instead of the map's edges."),
    ),
    formula=r"y_{c,i,j} = x_{c,\,\lfloor i/s \rfloor,\,\lfloor j/s \rfloor} \quad \text{(nearest)}",
    source="Dive into Deep Learning, 14.11; torch.nn.Upsample", build=_build,
    check=lambda params, signals: needs_map("Upsample", signals[0]),
    # between two old pixels the window changes from one new pixel to the next
    sees=lambda params, in_shape: Window() if pair(params["scale_factor"]) == (1, 1) else UNKNOWN,
)
