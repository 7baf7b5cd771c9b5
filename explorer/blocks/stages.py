"""Stages of VGG and NiN: a few convolutions in a fixed pattern."""

from __future__ import annotations

from explorer.blocks.block import Block, Window
from explorer.blocks.checks import needs_map
from explorer.blocks.conv import CONV2D
from explorer.document import chain
from explorer.spec import Flag, Number, defaults

_OF_CONV = {spec.name: spec for spec in CONV2D.params}
_CONV_DEFAULTS = defaults(CONV2D.params)


def _expand_vgg(params, in_shapes):
    conv = {"out_channels": params["out_channels"], "kernel_size": 3, "padding": 1}
    layers = [step for number in range(1, params["num_convs"] + 1) for step in (
        (f"conv{number}", "conv2d", conv),
        *([(f"norm{number}", "batch_norm2d", {})] if params["norm"] else []),
        (f"relu{number}", "relu", {}))]
    return chain("VGG block", ("input", "input", {}), *layers, ("pool", "max_pool2d", {"kernel_size": 2, "stride": 2}))


def _expand_nin(params, in_shapes):
    first = {name: params[name] for name in ("out_channels", "kernel_size", "stride", "padding")}
    mixing = {"out_channels": params["out_channels"], "kernel_size": 1}
    return chain("NiN block", ("input", "input", {}), ("conv1", "conv2d", first), ("relu1", "relu", {}),
                 ("conv2", "conv2d", mixing), ("relu2", "relu", {}), ("conv3", "conv2d", mixing), ("relu3", "relu", {}))


def _sees_vgg(params, in_shape):
    convs = params["num_convs"]
    return Window((2 * convs + 2,) * 2, (2, 2), (convs, convs))


VGG_BLOCK = Block(
    name="vgg_block", title="VGG block", family="convolution",
    summary="3×3 convolutions with ReLU, then max pooling that halves the map.",
    params=(
        Number("num_convs", "Convolutions", 2, low=1, high=16, integer=True,
               help="The number of 3×3 convolutions. Two have a receptive field of 5×5, three of 7×7."),
        _OF_CONV["out_channels"],
        Flag("norm", "Batch norm", False, help="Whether to add batch norm after every convolution."),
    ),
    brief="{num_convs}, {out_channels}",
    formula=r"y = \mathrm{pool}\big(\sigma(w_n * \cdots \sigma(w_1 * x))\big)",
    source="Simonyan & Zisserman 2015; Dive into Deep Learning, 8.2", expand=_expand_vgg,
    check=lambda params, signals: needs_map("VGG block", signals[0]), sees=_sees_vgg,
)

NIN_BLOCK = Block(
    name="nin_block", title="NiN block", family="convolution",
    summary="A convolution, then two 1×1 convolutions: a small multilayer perceptron at each pixel.",
    params=tuple(_OF_CONV[name] for name in ("out_channels", "kernel_size", "stride", "padding")),
    formula=r"y = \sigma(w_3 * \sigma(w_2 * \sigma(w_1 * x))), \quad w_2, w_3 \text{ are } 1 \times 1",
    source="Lin et al. 2013; Dive into Deep Learning, 8.3", expand=_expand_nin,
    check=lambda params, signals: CONV2D.check({**_CONV_DEFAULTS, **params}, signals),
    sees=lambda params, in_shape: CONV2D.sees({**_CONV_DEFAULTS, **params}, in_shape),
)
