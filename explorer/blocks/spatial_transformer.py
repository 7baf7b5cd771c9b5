"""Spatial transformer: a learned affine transform of the input.

Source: Jaderberg et al. 2015.
"""

from __future__ import annotations

from explorer.blocks.block import UNKNOWN, Block, Signal, features
from explorer.blocks.checks import needs_float, needs_map, pair
from explorer.blocks.linear import LINEAR
from explorer.blocks.wiring import wired
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Choice, Flag, Number, Sizes
from explorer.text import text

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def _build_head(params, in_shapes):
    import torch
    from torch import Tensor, nn
    from torch.nn import functional as F

    class AffineHead(nn.Module):
        """Linear layer from features to the six numbers of an affine map; initially the identity."""

        def __init__(self, in_features: int) -> None:
            super().__init__()
            self.matrix = nn.Parameter(torch.zeros(6, in_features))
            self.offset = nn.Parameter(torch.tensor(_IDENTITY))

        def forward(self, x: Tensor) -> Tensor:
            return F.linear(x, self.matrix, self.offset)

    return AffineHead(*features(in_shapes[0]))


def _check_head(params, signals):
    (signal,) = signals
    if len(signal.shape) == 2:
        return [Problem(text("Affine head needs a row of features but gets {shape}.",
                             shape=format_shape(signal.shape)))]
    return LINEAR.check({}, signals)


def _build_sampler(params, in_shapes):
    from torch import Tensor, nn
    from torch.nn import functional as F

    size = in_shapes[0][1:] if params["output_size"] is None else pair(params["output_size"])
    align, mode, padding_mode = params["align_corners"], params["mode"], params["padding_mode"]

    class SpatialSampler(nn.Module):
        """Sampling of a map at a grid transformed by `theta`: (B, C, H, W), (B, 6) -> (B, C, h, w).

        Rows and columns run from -1 to 1. theta is the 2×3 matrix by rows; it maps a point (column, row, 1) of the
        output to the point of the input that is read.
        """

        def forward(self, x: Tensor, theta: Tensor) -> Tensor:
            grid = F.affine_grid(theta.unflatten(1, (2, 3)), [len(x), x.shape[1], *size], align_corners=align)
            return F.grid_sample(x, grid, mode, padding_mode, align)

    return SpatialSampler()


def _check_sampler(params, signals):
    image, theta = signals
    if problems := needs_map("Spatial sampler", image):
        return problems
    if theta.shape != (6,):
        return [Problem(text("Spatial sampler needs the six numbers of an affine map at its second input but gets "
                             "{shape}.", shape=format_shape(theta.shape)))]
    return needs_float("Spatial sampler", signals)


def _expand(params, in_shapes):
    conv = {"out_channels": params["channels"], "kernel_size": 5, "stride": 2, "padding": 2}
    return wired("Spatial transformer", ("input", "input", {}),
                 ("conv1", "conv2d", conv), ("relu1", "relu", {}), ("conv2", "conv2d", conv), ("relu2", "relu", {}),
                 ("pool", "adaptive_avg_pool2d", {"output_size": 4}), ("flatten", "flatten", {}),
                 ("linear", "linear", {"out_features": params["hidden_features"]}), ("relu3", "relu", {}),
                 ("theta", "affine_head", {}),
                 ("sampler", "spatial_sampler", {"padding_mode": params["padding_mode"]}, "input", "theta"))


_PADDING_MODE = Choice("padding_mode", "Padding mode", "zeros", ("zeros", "border", "reflection"),
                       ("Zeros", "Border", "Reflection"),
                       help="What is read outside the map: zeros, the edge pixels or a reflection.")

AFFINE_HEAD = Block(
    name="affine_head", title="Affine head", family="linear",
    summary="A linear layer to the six numbers of an affine map; initially the identity.",
    formula=r"\theta = W x + b, \quad W_0 = 0, \quad b_0 = (1, 0, 0,\; 0, 1, 0)",
    source="Jaderberg et al. 2015, 3.1", build=_build_head, check=_check_head, sees=lambda params, in_shape: None,
)

SPATIAL_SAMPLER = Block(
    name="spatial_sampler", title="Spatial sampler", family="attention", inputs=("map", "theta"),
    summary="Samples a map at a grid that is rotated, shifted and scaled by an affine map.",
    params=(
        Sizes("output_size", "Output size", None, high=4096, optional=True, unit="pixels",
              help="Output height and width. If empty, those of the input."),
        Choice("mode", "Mode", "bilinear", ("bilinear", "nearest"), ("Bilinear", "Nearest"),
               help="Whether to interpolate between four pixels or take the nearest. Only interpolation lets "
                    "the affine map learn."),
        _PADDING_MODE,
        Flag("align_corners", "Align corners", False,
             help="Whether -1 and 1 are the centers of the outermost pixels, instead of their edges."),
    ),
    example=(Signal((3, 7, 8)), Signal((6,))),
    formula=r"y_{c}(p) = x_{c}\big(\theta\, (p_x, p_y, 1)^\top\big)",
    source="Jaderberg et al. 2015, 3.2 and 3.3; torch.nn.functional.grid_sample", build=_build_sampler,
    check=_check_sampler, sees=lambda params, in_shape: UNKNOWN,
)

SPATIAL_TRANSFORMER = Block(
    name="spatial_transformer", title="Spatial transformer", family="attention",
    summary="A small network predicts how to rotate, shift and scale the map, which is then resampled.",
    params=(
        Number("channels", "Localization channels", 8, low=1, high=10_000, integer=True,
               help="Output channels of each convolution of the small network."),
        Number("hidden_features", "Localization features", 32, low=1, high=100_000, integer=True,
               help="Hidden features of the small network."),
        _PADDING_MODE,
    ),
    formula=r"y = \mathrm{sample}(x,\; \theta), \quad \theta = f_{\mathrm{loc}}(x)",
    source="Jaderberg et al. 2015", expand=_expand,
    check=lambda params, signals: needs_map("Spatial transformer", signals[0]),
    sees=lambda params, in_shape: UNKNOWN,
)
