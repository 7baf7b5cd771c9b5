"""Convolutions."""

from __future__ import annotations

import math

from explorer.blocks.base import Block, Fault, Window, channels, torch_module
from explorer.blocks.checks import MAX_PADDING, needs_map, pair, set_param, window_fault
from explorer.spec import Flag, Number, Sizes
from explorer.text import text


def _check_conv2d(params, signals):
    (signal,) = signals
    faults = needs_map("Conv2d", signal)
    if faults:
        return faults
    return _check_groups(params, signal.shape[0]) or _check_same(params) or _check_window(params, signal.shape)


def _check_groups(params, in_channels):
    groups, out_channels = params["groups"], params["out_channels"]
    if in_channels % groups == 0 and out_channels % groups == 0:
        return []
    return [Fault(
        text("{groups} groups must divide both the {inside} channels that come in and the {outside} that go out.",
             groups=groups, inside=in_channels, outside=out_channels),
        set_param("groups", math.gcd(groups, in_channels, out_channels), "groups"),
    )]


def _check_same(params):
    if params["padding"] == "same" and pair(params["stride"]) != (1, 1):
        return [Fault(text('Padding "same" keeps the size, so the stride must be 1.'),
                      set_param("stride", 1, "stride"))]
    return []


def _check_window(params, shape):
    if params["padding"] == "same":
        return []
    return window_fault("Conv2d", shape, params["kernel_size"], params["padding"], params["dilation"])


def _sees(params, in_shape):
    dilation = pair(params["dilation"])
    size = tuple(d * (k - 1) + 1 for k, d in zip(pair(params["kernel_size"]), dilation, strict=True))
    # "same" puts the smaller half of the zeros in front
    padding = tuple((k - 1) // 2 for k in size) if params["padding"] == "same" else pair(params["padding"])
    return Window(size, pair(params["stride"]), padding)


CONV2D = Block(
    name="conv2d", title="Conv2d", family="convolution",
    summary="Slides small learned kernels over the map; each kernel makes one output channel.",
    params=(
        Number("out_channels", "Output channels", 16, low=1, high=1_000_000, integer=True,
               help="How many kernels are learned, and so how many feature maps come out."),
        Sizes("kernel_size", "Kernel size", 3, high=1024, unit="pixels",
              help="Height and width of the window. 3 is the usual choice; 1 mixes channels only."),
        Sizes("stride", "Stride", 1, high=1024, unit="pixels", help="How far the window moves. 2 halves the map."),
        Sizes("padding", "Padding", 0, low=0, high=MAX_PADDING, words=("same",), unit="pixels",
              help='Zeros added on every side, or "same" to keep the size of the map.'),
        Sizes("dilation", "Dilation", 1, high=1024, unit="pixels",
              help="Spacing between the kernel's points. 1 is a dense kernel."),
        Number("groups", "Groups", 1, low=1, high=1_000_000, integer=True,
               help="Channels are split into this many groups, each convolved on its own."),
        Flag("bias", "Bias", True, help="Whether a learned constant is added to each output channel."),
    ),
    formula=r"y_{o,i,j} = b_o + \sum_{c,a,b} w_{o,c,a,b}\, x_{c,\,i s + a d,\,j s + b d}",
    source="Dive into Deep Learning, 7.2; torch.nn.Conv2d", build=torch_module("Conv2d", channels), check=_check_conv2d,
    sees=_sees,
)
