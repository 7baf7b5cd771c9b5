"""The basic residual block: two convolutions, and a shortcut around them."""

from __future__ import annotations

from itertools import pairwise

from explorer.blocks.base import Block, Fault, Window
from explorer.blocks.checks import needs_map, pair
from explorer.document import Edge, Fix, Network, Node, SetParam, chain
from explorer.spec import Flag, Number, Sizes
from explorer.text import shape_text, text


def _expand(params, in_shapes):
    wide = {"out_channels": _out_channels(params, in_shapes[0])}
    main = chain(
        "Residual", ("input", "input", {}),
        ("conv1", "conv2d", {**wide, "kernel_size": 3, "stride": params["stride"], "padding": 1}),
        ("norm1", "batch_norm2d", {}), ("relu1", "relu", {}),
        ("conv2", "conv2d", {**wide, "kernel_size": 3, "padding": 1}), ("norm2", "batch_norm2d", {}))
    shortcut = (Node("conv3", "conv2d", {**wide, "kernel_size": 1, "stride": params["stride"]}),)
    shortcut = shortcut if params["use_1x1conv"] else ()
    around = ("input", *(node.id for node in shortcut), "add")
    return Network(
        "Residual", (*main.nodes, *shortcut, Node("add", "add"), Node("relu2", "relu")),
        (*main.edges, Edge("norm2", "add"), *(Edge(a, b, 0, int(b == "add")) for a, b in pairwise(around)),
         Edge("add", "relu2")), ("relu2",))


def _out_channels(params, in_shape):
    return params["out_channels"] or in_shape[0]


def _check(params, signals):
    (signal,) = signals
    if (faults := needs_map("Residual", signal)) or params["use_1x1conv"]:
        return faults
    strides = pair(params["stride"])
    given = (_out_channels(params, signal.shape),
             *((size - 1) // stride + 1 for size, stride in zip(signal.shape[1:], strides, strict=True)))
    if given == signal.shape:
        return []
    return [Fault(text("The shortcut carries {shortcut} but the convolutions give {given}.",
                       shortcut=shape_text(signal.shape), given=shape_text(given)),
                  lambda node: Fix(text("Put the 1×1 convolution on the shortcut"),
                                   (SetParam(node, "use_1x1conv", True),)))]


def _sees(params, in_shape):
    strides = pair(params["stride"])  # a 3×3 window over 3×3 windows that stand so far apart
    return Window(tuple(3 + 2 * stride for stride in strides), strides, tuple(1 + stride for stride in strides))


RESIDUAL = Block(
    name="residual", title="Residual (basic)", family="convolution",
    summary="Two 3×3 convolutions learn what to add to the input, which takes a shortcut around them.",
    params=(
        Number("out_channels", "Output channels", None, low=1, high=1_000_000, integer=True, optional=True,
               help="How many feature maps come out. Left empty, as many as come in."),
        Sizes("stride", "Stride", 1, high=1024, unit="pixels",
              help="How far the window of the first convolution moves. 2 halves the map."),
        Flag("use_1x1conv", "1×1 convolution on the shortcut", False,
             help="Needed where the channels or the size of the map change. As in the course, no batch norm is behind "
                  "it."),
    ),
    formula=r"y = \max(0,\; F(x) + x), \quad F = \mathrm{BN} \circ \mathrm{conv} \circ \mathrm{ReLU} \circ "
            r"\mathrm{BN} \circ \mathrm{conv}",
    source="He et al. 2016; Dive into Deep Learning, 8.6", expand=_expand, check=_check, sees=_sees,
)
