"""Convolutions of single channels: depthwise, and separable with a 1×1 convolution after it."""

from __future__ import annotations

from explorer.blocks.block import Block
from explorer.blocks.checks import needs_map
from explorer.blocks.conv import BIAS, PADDING_MODE, check_convolution, out_channels, sees, window_params
from explorer.document import Problem, chain
from explorer.spec import Number

_WINDOW = window_params(2, "pixels")
_OF_DEPTHWISE = (*_WINDOW, PADDING_MODE, BIAS)


def _build(params, in_shapes):
    from torch import nn

    channels, given = in_shapes[0][0], dict(params)
    return nn.Conv2d(channels, channels * given.pop("multiplier"), groups=channels, **given)


def _check(title):
    def check(params, signals) -> list[Problem]:
        (signal,) = signals
        alone = {**params, "groups": 1, "out_channels": 1}  # the channels always fit
        return needs_map(title, signal) or check_convolution(title, alone, signal.shape)

    return check


def _expand(params, in_shapes):
    own = {spec.name: params[spec.name] for spec in _OF_DEPTHWISE}
    return chain("Separable convolution", ("input", "input", {}), ("depthwise", "depthwise_conv2d", own),
                 ("pointwise", "conv2d", {"out_channels": params["out_channels"], "kernel_size": 1,
                                          "bias": params["bias"]}))


DEPTHWISE_CONV2D = Block(
    name="depthwise_conv2d", title="Depthwise Conv2d", family="convolution",
    summary="A convolution of each channel on its own, with its own kernels.",
    params=(
        Number("multiplier", "Channel multiplier", 1, low=1, high=1000, integer=True,
               help="The number of kernels, and so of output channels, per input channel."),
        *_OF_DEPTHWISE,
    ),
    formula=r"y_{c,i,j} = b_c + \sum_{a,b} w_{c,a,b}\, x_{c,\,i s + a d,\,j s + b d}",
    source="Howard et al. 2017, 3.1 (MobileNet); torch.nn.Conv2d with groups", build=_build,
    check=_check("Depthwise Conv2d"), sees=sees,
)

SEPARABLE_CONV2D = Block(
    name="separable_conv2d", title="Separable Conv2d", family="convolution",
    summary="A depthwise convolution within each channel, then a 1×1 convolution that mixes the channels.",
    params=(out_channels(), *_OF_DEPTHWISE),
    formula=r"y = w^{1 \times 1} * (w^{\mathrm{depthwise}} * x)",
    source="Chollet 2017 (Xception); Howard et al. 2017, 3.1", expand=_expand,
    check=_check("Separable Conv2d"), sees=sees,
)
