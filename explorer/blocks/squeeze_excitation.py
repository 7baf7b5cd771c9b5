"""Squeeze and excitation: a learned scale per channel, computed from the whole map."""

from __future__ import annotations

from explorer.blocks.block import Block
from explorer.blocks.checks import needs_map
from explorer.blocks.wiring import wired
from explorer.spec import Number


def _expand(params, in_shapes):
    channels = in_shapes[0][0]
    return wired("Squeeze and excitation", ("input", "input", {}), ("squeeze", "global_avg_pool2d", {}),
                 ("linear1", "linear", {"out_features": max(1, channels // params["reduction"])}), ("relu", "relu", {}),
                 ("linear2", "linear", {"out_features": channels}), ("gate", "sigmoid", {}),
                 ("multiply", "multiply", {}, "input", "gate"))


SQUEEZE_EXCITATION = Block(
    name="squeeze_excitation", title="Squeeze and excitation", family="attention",
    summary="Averages each channel and learns from all averages how much to scale each channel.",
    params=(
        Number("reduction", "Reduction", 16, low=1, high=10_000, integer=True,
               help="The hidden layer has the channels divided by this."),
    ),
    formula=r"y_c = x_c\; \sigma\big(W_2 \max(0, W_1 \bar{x})\big)_c, \quad \bar{x}_c = \mathrm{mean}\, x_c",
    source="Hu et al. 2018, 3; torchvision.ops.SqueezeExcitation", expand=_expand,
    check=lambda params, signals: needs_map("Squeeze and excitation", signals[0]),
    sees=lambda params, in_shape: None,
)
