"""RoIAlign: crops boxes from a map and resizes them to one size."""

from __future__ import annotations

from explorer.blocks.block import UNKNOWN, Block, Signal
from explorer.blocks.checks import needs_float, needs_map
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Flag, Number, Sizes
from explorer.text import text


def _build(params, in_shapes):
    from torch import Tensor, nn
    from torchvision.ops import roi_align

    class RoIAlign(nn.Module):
        """Crops of boxes from the map of each sample: (B, C, H, W), (B, k, 4) -> (B, k, C, h, w)."""

        def forward(self, features: Tensor, boxes: Tensor) -> Tensor:
            parts = roi_align(features, list(boxes), **params)  # (B·k, C, h, w)
            return parts.unflatten(0, boxes.shape[:2])

    return RoIAlign()


def _check(params, signals):
    features, boxes = signals
    if problems := needs_map("RoIAlign", features):
        return problems
    if len(boxes.shape) != 2 or boxes.shape[1] != 4:
        return [Problem(text("RoIAlign needs boxes × 4 numbers (left, top, right, bottom) at its second input but gets "
                             "{shape}.", shape=format_shape(boxes.shape)))]
    return needs_float("RoIAlign", signals)


ROI_ALIGN = Block(
    name="roi_align", title="RoIAlign", family="pooling", inputs=("map", "boxes"),
    summary="Crops boxes from a map and resizes them, interpolating between pixels instead of rounding.",
    params=(
        Sizes("output_size", "Output size", 7, high=1024, unit="pixels",
              help="Output height and width of each box."),
        Number("spatial_scale", "Spatial scale", 1.0, low=1e-6, high=1e6,
               help="From the pixels in which the boxes are given to those of the map: 1/16 where the map is 16 times "
                    "smaller than the image."),
        Number("sampling_ratio", "Samples per bin", 2, low=-1, high=64, integer=True,
               help="How many points along each side of an output pixel are read and averaged. 0 or -1 takes as many "
                    "as the box has pixels there."),
        Flag("aligned", "Aligned", True,
             help="Whether boxes are moved by half a pixel, so that they lie on the pixels' middles exactly."),
    ),
    example=(Signal((3, 8, 9)), Signal((2, 4))),
    formula=r"y_{r,c,i,j} = \frac{1}{|S|} \sum_{(u,v) \in S_{r,i,j}} \mathrm{bilinear}(x_c, u, v)",
    source="He et al. 2017, 3 (Mask R-CNN); Dive into Deep Learning, 14.8; torchvision.ops.RoIAlign", build=_build,
    check=_check, sees=lambda params, in_shape: UNKNOWN,
)
