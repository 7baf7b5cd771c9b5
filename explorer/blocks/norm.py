"""Normalization over batches, channels, groups or features."""

from __future__ import annotations

import math
from dataclasses import replace

from explorer.blocks.block import Block, Reach, Window, channels, token_by_token, torch_module
from explorer.blocks.checks import needs_float, needs_map, set_param
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Flag, Number
from explorer.text import text

_EPS = Number("eps", "Epsilon", 1e-5, low=1e-12, high=1, help="A small number that avoids division by zero.")
_AFFINE = Flag("affine", "Learned scale and shift", True, help="Whether a scale and a shift per channel are learned.")
_BATCH_NORM = (
    _EPS,
    Number("momentum", "Momentum", 0.1, low=0, high=1,
           help="How fast the running mean and variance, which are used for evaluation, follow the batches."),
    _AFFINE,
)


def _check_batch_norm1d(params, signals):
    if len(signals[0].shape) > 2:
        return [Problem(text("BatchNorm1d needs a row of features but gets {shape}. Use BatchNorm2d for maps.",
                             shape=format_shape(signals[0].shape)))]
    return needs_float("BatchNorm1d", signals)


def _over_last_axes(title):
    """Make a `build` for torch.nn's class `title`, which normalizes over the last axes."""
    def build(params, in_shapes):
        from torch import nn

        return getattr(nn, title)(in_shapes[0][-params["axes"]:], params["eps"], params["elementwise_affine"])

    return build


def _check_axes(title):
    def check(params, signals):
        rank = len(signals[0].shape)
        if params["axes"] > rank:
            return [Problem(text("{block} normalizes over {axes} axes, but its input {shape} has only {rank}.",
                                 block=title, axes=params["axes"], shape=format_shape(signals[0].shape), rank=rank),
                            set_param("axes", rank, "axes"))]
        return needs_float(title, signals)

    return check


def _build_layer_norm2d(params, in_shapes):
    from torch import Tensor, nn

    class LayerNorm2d(nn.LayerNorm):
        """LayerNorm over the channels at each pixel of (batch, channel, height, width)."""

        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    return LayerNorm2d(channels(in_shapes[0]), **params)


def _build_group_norm(params, in_shapes):
    from torch import nn

    return nn.GroupNorm(num_channels=in_shapes[0][0], **params)


def _build_instance_norm2d(params, in_shapes):
    from torch import Tensor, nn

    class InstanceNorm2d(nn.InstanceNorm2d):
        """InstanceNorm2d whose gradient is right in every order in memory.

        On the CPU, PyTorch 2.15 reads the gradient of a single sample in the wrong order where its channels are last,
        as a permute or LayerNorm2d leaves it.
        """

        def forward(self, x: Tensor) -> Tensor:
            y = super().forward(x)
            if y.requires_grad:
                y.register_hook(Tensor.contiguous)
            return y

    return InstanceNorm2d(*channels(in_shapes[0]), **params)


def _check_group_norm(params, signals):
    (signal,), groups = signals, params["num_groups"]
    if signal.shape[0] % groups:
        return [Problem(text("{groups} groups must divide the {channels} input channels.", groups=groups,
                             channels=signal.shape[0]),
                        set_param("num_groups", math.gcd(groups, signal.shape[0]), "groups"))]
    if math.prod(signal.shape) == groups:
        return [Problem(text("GroupNorm would set {shape} to zero: a group of one value equals its mean.",
                             shape=format_shape(signal.shape)),
                        set_param("num_groups", 1, "groups") if groups > 1 else None)]
    return needs_float("GroupNorm", signals)


def _check_instance_norm2d(params, signals):
    (signal,) = signals
    if problems := needs_map("InstanceNorm2d", signal):
        return problems
    if math.prod(signal.shape[1:]) > 1:
        return []
    return [Problem(text("InstanceNorm2d would set {shape} to zero: a map of one pixel equals its mean.",
                         shape=format_shape(signal.shape)))]


def _last_axes_seen(params, in_shape):
    if len(in_shape) == 3 and params["axes"] == 1:
        return Window((1, in_shape[-1]), (1, 0))  # a whole row, wherever in it one looks
    return None


def _last_axes_reach(params, in_shape):
    return Reach.OWN if params["axes"] == 1 else Reach.ALL


BATCH_NORM1D = Block(
    name="batch_norm1d", title="BatchNorm1d", family="normalization",
    summary="Normalizes each feature over the batch, then applies a learned scale and shift.",
    params=_BATCH_NORM, formula=r"y = \gamma \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta",
    source="Ioffe & Szegedy 2015; Dive into Deep Learning, 8.5", build=torch_module("BatchNorm1d", channels),
    check=_check_batch_norm1d, reach=token_by_token,
)

BATCH_NORM2D = Block(
    name="batch_norm2d", title="BatchNorm2d", family="normalization",
    summary="Normalizes each channel over batch, height and width, then applies a learned scale and shift.",
    params=_BATCH_NORM, formula=r"y_c = \gamma_c \frac{x_c - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c",
    source="Ioffe & Szegedy 2015; Dive into Deep Learning, 8.5", build=torch_module("BatchNorm2d", channels),
    check=lambda params, signals: needs_map("BatchNorm2d", signals[0]),
)

_LAST_AXES = Number("axes", "Axes", 1, low=1, high=8, integer=True,
                    help="How many of the last axes are normalized together: 1 for features, 3 for a whole map.")
_ELEMENTWISE = Flag("elementwise_affine", "Learned scale and shift", True,
                    help="Whether a scale and a shift per element are learned.")

LAYER_NORM = Block(
    name="layer_norm", title="LayerNorm", family="normalization",
    summary="Normalizes each sample over its last axes, independently of the batch.",
    params=(_LAST_AXES, _EPS, _ELEMENTWISE),
    formula=r"y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta",
    source="Ba et al. 2016; torch.nn.LayerNorm", build=_over_last_axes("LayerNorm"), check=_check_axes("LayerNorm"),
    sees=_last_axes_seen, reach=_last_axes_reach,
)

LAYER_NORM2D = Block(
    name="layer_norm2d", title="LayerNorm2d", family="normalization",
    summary="LayerNorm over the channels at each pixel of a map, as in ConvNeXt and Swin.",
    params=(replace(_EPS, default=1e-6), _ELEMENTWISE),
    formula=r"y_{c,i,j} = \gamma_c \frac{x_{c,i,j} - \mu_{i,j}}{\sqrt{\sigma_{i,j}^2 + \epsilon}} + \beta_c",
    source="Liu et al. 2022, 2.5 (ConvNeXt)", build=_build_layer_norm2d,
    check=lambda params, signals: needs_map("LayerNorm2d", signals[0]),
)

RMS_NORM = Block(
    name="rms_norm", title="RMSNorm", family="normalization",
    summary="Divides by the root mean square over the last axes: LayerNorm without subtracting the mean.",
    params=(_LAST_AXES, replace(_EPS, default=1e-6),
            replace(_ELEMENTWISE, title="Learned scale", help="Whether a scale per element is learned.")),
    formula=r"y = \gamma \frac{x}{\sqrt{\mathrm{mean}(x^2) + \epsilon}}",
    source="Zhang & Sennrich 2019; torch.nn.RMSNorm", build=_over_last_axes("RMSNorm"), check=_check_axes("RMSNorm"),
    sees=_last_axes_seen, reach=_last_axes_reach,
)

GROUP_NORM = Block(
    name="group_norm", title="GroupNorm", family="normalization",
    summary="Normalizes groups of channels within each sample, independently of the batch.",
    params=(
        Number("num_groups", "Groups", 2, low=1, high=1_000_000, integer=True,
               help="The number of groups. 1 normalizes all channels together; as many groups as channels, each on "
                    "its own. The paper uses 32."),
        _EPS, _AFFINE,
    ),
    formula=r"y_c = \gamma_c \frac{x_c - \mu_g}{\sqrt{\sigma_g^2 + \epsilon}} + \beta_c, \quad c \in g",
    source="Wu & He 2018; torch.nn.GroupNorm", build=_build_group_norm, check=_check_group_norm,
    sees=lambda params, in_shape: None,
)

INSTANCE_NORM2D = Block(
    name="instance_norm2d", title="InstanceNorm2d", family="normalization",
    summary="Normalizes each channel of each sample over its map, which removes contrast and style.",
    params=(_EPS, replace(_AFFINE, default=False)),
    formula=r"y_c = \gamma_c \frac{x_c - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c \quad "
            r"\text{within each sample}",
    source="Ulyanov et al. 2016; torch.nn.InstanceNorm2d", build=_build_instance_norm2d,
    check=_check_instance_norm2d, sees=lambda params, in_shape: None,
)

NORMALIZATIONS = (BATCH_NORM1D, BATCH_NORM2D, LAYER_NORM, LAYER_NORM2D, RMS_NORM, GROUP_NORM, INSTANCE_NORM2D)
