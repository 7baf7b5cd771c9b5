"""Patches: cutting a map into equal squares, and merging neighboring squares."""

from __future__ import annotations

import math

from explorer.blocks.block import Block, Window
from explorer.blocks.checks import needs_map, set_param
from explorer.blocks.sketch import Grid
from explorer.document import Problem, chain
from explorer.formatting import format_shape
from explorer.spec import Choice, Flag, Number
from explorer.text import text


def check_tiles(title: str, shape: tuple[int, ...], size: int, name: str, label: str) -> list[Problem]:
    """Return a problem if squares of `size` do not tile a map; the fix sets `name` to the nearest size that does."""
    height, width = shape[1:]
    if height % size == 0 and width % size == 0:
        return []
    fits = set_param(name, _nearest_tile(height, width, size), label)
    words = {"block": title, "size": format_shape((size, size)), "map": format_shape((height, width))}
    is_patch, is_larger = name == "patch_size", size > min(height, width)
    if is_larger and is_patch:
        return [Problem(text("{block}: a patch of {size} is larger than the map of {map}.", **words), fits)]
    if is_larger:
        return [Problem(text("{block}: a window of {size} is larger than the map of {map}.", **words), fits)]
    if is_patch:
        return [Problem(text("{block}: patches of {size} do not tile {map}.", **words), fits)]
    return [Problem(text("{block}: windows of {size} do not tile {map}.", **words), fits)]


def _nearest_tile(height: int, width: int, wanted: int) -> int:
    """Find the size nearest to `wanted` that tiles the map, other than one pixel or the whole map if possible.

    If `wanted` is larger than the map, look near a third of it.
    """
    common = math.gcd(height, width)
    sizes = [n for n in range(1, common + 1) if common % n == 0]
    useful = [n for n in sizes if n > 1 and not n == height == width]
    target = wanted if wanted <= min(height, width) else common / 3
    return min(useful or sizes, key=lambda n: abs(n - target))


def _build_embedding(params, in_shapes):
    from torch import Tensor, nn

    class PatchEmbedding(nn.Conv2d):
        """Convolution without overlap: a map to patches (token, feature), or to a map of them."""

        def __init__(self, in_channels: int, features: int, size: int, bias: bool, as_tokens: bool) -> None:
            super().__init__(in_channels, features, size, size, bias=bias)
            self.as_tokens = as_tokens

        def forward(self, x: Tensor) -> Tensor:
            patches = super().forward(x)
            return patches.flatten(2).transpose(1, 2) if self.as_tokens else patches

    return PatchEmbedding(in_shapes[0][0], params["out_features"], params["patch_size"], params["bias"],
                          params["layout"] == "tokens")


def _build_space_to_depth(params, in_shapes):
    import torch
    from torch import Tensor, nn
    from torch.nn import functional as F

    class SpaceToDepth(nn.Module):
        """(channel, height, width) to (4 channels, height / 2, width / 2), column by column; odd maps get zeros."""

        def forward(self, x: Tensor) -> Tensor:
            height, width = x.shape[-2:]
            x = F.pad(x, (0, width % 2, 0, height % 2))
            return torch.cat([x[..., i::2, j::2] for j in (0, 1) for i in (0, 1)], dim=1)

    return SpaceToDepth()


def _expand_merging(params, in_shapes):
    return chain("Patch merging", ("input", "input", {}), ("neighbors", "space_to_depth", {}),
                 ("norm", "layer_norm2d", {"eps": params["eps"]}),
                 ("reduce", "conv2d", {"out_channels": 2 * in_shapes[0][0], "kernel_size": 1, "bias": False}))


def _check_embedding(params, signals):
    return needs_map("Patch embedding", signals[0]) or check_tiles(
        "Patch embedding", signals[0].shape, params["patch_size"], "patch_size", "patch size")


def _sees_patch(params, in_shape):
    size = (params["patch_size"],) * 2
    return Window(size, size, as_tokens=params["layout"] == "tokens")


def cut_sketch(shape: tuple[int, ...], size: int, shift: tuple[int, int] = (0, 0)) -> Grid | None:
    """Draw a map cut into squares of `size`, shifted by `shift` pixels; None if squares do not tile it."""
    if len(shape) != 3 or any(side % size for side in shape[1:]):
        return None
    return Grid(*(side // size for side in shape[1:]), tuple(moved / size for moved in shift))


def _sketch(params, in_shapes):
    return cut_sketch(in_shapes[0], params["patch_size"])


def _sees_neighbors(params, in_shape):
    return Window((2, 2), (2, 2))


PATCH_EMBEDDING = Block(
    name="patch_embedding", title="Patch embedding", family="attention",
    summary="Cuts the map into square patches and projects each to a token.",
    params=(
        Number("patch_size", "Patch size", 4, low=1, high=1024, integer=True, unit="pixels",
               help="The side of a patch. Smaller patches keep more detail and give more tokens."),
        Number("out_features", "Features", 64, low=1, high=1_000_000, integer=True,
               help="The number of features per patch."),
        Choice("layout", "Layout", "tokens", ("tokens", "map"), ("Tokens", "Map"),
               help="The result: a sequence of patches, as transformers take it, or a map of channels."),
        Flag("bias", "Bias", True, help="Whether a learned bias is added to each feature."),
    ),
    brief="{patch_size}×{patch_size} patches, {out_features}",
    formula=r"(C, H, W) \to \left(\tfrac{H}{p} \cdot \tfrac{W}{p},\; d\right)",
    source="Dosovitskiy et al. 2021, 3.1; Dive into Deep Learning, 11.8",
    build=_build_embedding, check=_check_embedding, sees=_sees_patch, sketch=_sketch,
)
SPACE_TO_DEPTH = Block(
    name="space_to_depth", title="Space to depth", family="attention",
    summary="Concatenates the channels of each 2×2 pixels: half the resolution, four times the channels.",
    formula=r"(C, H, W) \to (4C,\; H/2,\; W/2)", source="Liu et al. 2021 (Swin), 3.1", build=_build_space_to_depth,
    check=lambda params, signals: needs_map("Space to depth", signals[0]), sees=_sees_neighbors,
)
PATCH_MERGING = Block(
    name="patch_merging", title="Patch merging", family="attention",
    summary="Merges 2×2 neighboring patches and mixes their features: half the resolution, twice the channels.",
    params=(Number("eps", "Epsilon", 1e-5, low=1e-12, high=1,
                   help="A small number that avoids division by zero in the normalization."),),
    formula=r"y = W\, \mathrm{LN}([\,x_{00};\, x_{10};\, x_{01};\, x_{11}\,])", source="Liu et al. 2021 (Swin), 3.1",
    expand=_expand_merging, check=lambda params, signals: needs_map("Patch merging", signals[0]),
    sees=_sees_neighbors, sketch=lambda params, in_shapes: cut_sketch(in_shapes[0], 2),
)
