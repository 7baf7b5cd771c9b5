"""Convolutions along one axis and along two."""

from __future__ import annotations

import math

from explorer.blocks.block import Block, Window, channels, torch_module
from explorer.blocks.checks import (
    MAX_PADDING,
    check_window,
    needs_map,
    needs_signal,
    reach_of,
    set_param,
    spread,
)
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Choice, Flag, Number, Sizes
from explorer.text import text

GROUPS = Number("groups", "Groups", 1, low=1, high=1_000_000, integer=True,
                help="Channels are split into this many groups, each convolved separately; as many groups as channels "
                     "is a depthwise convolution.")
BIAS = Flag("bias", "Bias", True, help="Whether a learned bias is added to each output channel.")
PADDING_MODE = Choice(
    "padding_mode", "Padding mode", "zeros", ("zeros", "reflect", "replicate", "circular"),
    ("Zeros", "Reflection", "Replication", "Circular"),
    help="How the input is padded: zeros, reflected, edge values repeated, or wrapped around.")


def out_channels(default: int = 16) -> Number:
    """Make the setting for the number of kernels."""
    return Number("out_channels", "Output channels", default, low=1, high=1_000_000, integer=True,
                  help="The number of learned kernels, and so of output feature maps.")


def window_params(axes: int, unit: str) -> tuple[Sizes, ...]:
    """Make the settings of a window that slides along this many axes: kernel size, stride, padding, dilation."""
    return (
        Sizes("kernel_size", "Kernel size", 3, axes=axes, high=1024, unit=unit,
              help="The size of the window along each axis. 3 is common; 1 only mixes channels."),
        Sizes("stride", "Stride", 1, axes=axes, high=1024, unit=unit,
              help="The step of the window. 2 halves the output size."),
        Sizes("padding", "Padding", 0, axes=axes, low=0, high=MAX_PADDING, words=("same",), unit=unit,
              help='How much is added on each side, or "same" to keep the size.'),
        Sizes("dilation", "Dilation", 1, axes=axes, high=1024, unit=unit,
              help="Spacing between the kernel's points. 1 is a dense kernel; more is a dilated (atrous) convolution."),
    )


def check_convolution(title, params, shape) -> list[Problem]:
    """Return the problems of a convolution over an input of this shape: groups, "same", window, padding."""
    return (_check_groups(params, shape[0]) or _check_same(params, len(shape) - 1)
            or _check_window(title, params, shape) or _check_padding_mode(params, shape))


def _check_groups(params, in_channels):
    groups, out = params["groups"], params["out_channels"]
    if in_channels % groups == 0 and out % groups == 0:
        return []
    return [Problem(
        text("{groups} groups must divide both the {inside} input channels and the {outside} output channels.",
             groups=groups, inside=in_channels, outside=out),
        set_param("groups", math.gcd(groups, in_channels, out), "groups"),
    )]


def _check_same(params, axes):
    if params["padding"] == "same" and set(spread(params["stride"], axes)) != {1}:
        return [Problem(text('Padding "same" keeps the size, so the stride must be 1.'),
                        set_param("stride", 1, "stride"))]
    return []


def _check_window(title, params, shape):
    if params["padding"] == "same":
        return []
    return check_window(title, shape, params["kernel_size"], params["padding"], params["dilation"],
                        may_pad=True)


def _check_padding_mode(params, shape):
    """Return a problem if the padding is too wide: a reflection has one pixel less than the map, wrapping as many."""
    mode, axes = params["padding_mode"], len(shape) - 1
    if mode not in ("reflect", "circular"):
        return []
    reach = reach_of(params["kernel_size"], params["dilation"], axes)
    padding = tuple(k // 2 for k in reach) if params["padding"] == "same" else spread(params["padding"], axes)
    limit = tuple(size - (mode == "reflect") for size in shape[1:])
    if all(p <= most for p, most in zip(padding, limit, strict=True)):
        return []
    return [Problem(text('Padding mode "{mode}" can add at most {limit} around {shape}, not {padding}.',
                         mode=PADDING_MODE.title_of(mode), limit=format_shape(limit), shape=format_shape(shape[1:]),
                         padding=format_shape(padding)),
                    set_param("padding_mode", "zeros", "padding mode"))]


def sees(params, in_shape) -> Window:
    """Return the window of one output pixel of a convolution."""
    size = reach_of(params["kernel_size"], params["dilation"])
    # "same" puts the smaller half of what it adds in front
    padding = tuple((k - 1) // 2 for k in size) if params["padding"] == "same" else spread(params["padding"], 2)
    return Window(size, spread(params["stride"], 2), padding)


CONV2D = Block(
    name="conv2d", title="Conv2d", family="convolution",
    summary="Slides small learned kernels over the map; a 1×1 kernel only mixes channels.",
    params=(out_channels(), *window_params(2, "pixels"), GROUPS, PADDING_MODE, BIAS),
    formula=r"y_{o,i,j} = b_o + \sum_{c,a,b} w_{o,c,a,b}\, x_{c,\,i s + a d,\,j s + b d}",
    source="Dive into Deep Learning, 7.2; torch.nn.Conv2d", build=torch_module("Conv2d", channels),
    check=lambda params, signals: (needs_map("Conv2d", signals[0])
                                   or check_convolution("Conv2d", params, signals[0].shape)),
    sees=sees,
)

CONV1D = Block(
    name="conv1d", title="Conv1d", family="convolution",
    summary="Slides small learned kernels along a signal, such as audio or a sequence of tokens.",
    params=(out_channels(), *window_params(1, "samples"), GROUPS, PADDING_MODE, BIAS),
    formula=r"y_{o,i} = b_o + \sum_{c,a} w_{o,c,a}\, x_{c,\,i s + a d}",
    source="Dive into Deep Learning, 16.3; torch.nn.Conv1d", build=torch_module("Conv1d", channels),
    check=lambda params, signals: (needs_signal("Conv1d", signals[0])
                                   or check_convolution("Conv1d", params, signals[0].shape)),
)
