"""Normalization and dropout: what keeps signals in range and networks from leaning on single units."""

from __future__ import annotations

from explorer.blocks.base import Block, Fault, Window, channels, torch_module
from explorer.blocks.checks import needs_float, needs_map, set_param
from explorer.spec import Flag, Number
from explorer.text import shape_text, text

_EPS = Number("eps", "Epsilon", 1e-5, low=1e-12, high=1, help="A small number that keeps the division from zero.")
_BATCH_NORM = (
    _EPS,
    Number("momentum", "Momentum", 0.1, low=0, high=1,
           help="How fast the running mean and variance, used after training, follow the batches."),
    Flag("affine", "Learned scale and shift", True, help="Whether a scale and a shift per channel are learned."),
)


def _check_batch_norm1d(params, signals):
    if len(signals[0].shape) > 2:
        return [Fault(text("BatchNorm1d needs a row of features but gets {shape}; a map takes BatchNorm2d.",
                           shape=shape_text(signals[0].shape)))]
    return needs_float("BatchNorm1d", signals)


def _build_layer_norm(params, in_shapes):
    from torch import nn

    return nn.LayerNorm(in_shapes[0][-params["axes"]:], params["eps"], params["elementwise_affine"])


def _check_layer_norm(params, signals):
    rank = len(signals[0].shape)
    if params["axes"] > rank:
        return [Fault(text("LayerNorm is asked for {axes} axes, but its input {shape} has only {rank}.",
                           axes=params["axes"], shape=shape_text(signals[0].shape), rank=rank),
                      set_param("axes", rank, "axes"))]
    return needs_float("LayerNorm", signals)


def _layer_norm_sees(params, in_shape):
    if len(in_shape) == 3 and params["axes"] == 1:
        return Window((1, in_shape[-1]), (1, 0))  # a whole row, wherever in it one looks
    return None


BATCH_NORM1D = Block(
    name="batch_norm1d", title="BatchNorm1d", family="normalization",
    summary="Gives each feature zero mean and unit variance over the batch, then a learned scale and shift.",
    params=_BATCH_NORM, formula=r"y = \gamma \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta",
    source="Ioffe & Szegedy 2015; Dive into Deep Learning, 8.5", build=torch_module("BatchNorm1d", channels),
    check=_check_batch_norm1d,
)

BATCH_NORM2D = Block(
    name="batch_norm2d", title="BatchNorm2d", family="normalization",
    summary="Gives each channel zero mean and unit variance over batch, height and width, then a scale and shift.",
    params=_BATCH_NORM, formula=r"y_c = \gamma_c \frac{x_c - \mu_c}{\sqrt{\sigma_c^2 + \epsilon}} + \beta_c",
    source="Ioffe & Szegedy 2015; Dive into Deep Learning, 8.5", build=torch_module("BatchNorm2d", channels),
    check=lambda params, signals: needs_map("BatchNorm2d", signals[0]),
)

LAYER_NORM = Block(
    name="layer_norm", title="LayerNorm", family="normalization",
    summary="Gives each sample zero mean and unit variance over its last axes; knows nothing of the batch.",
    params=(
        Number("axes", "Axes", 1, low=1, high=8, integer=True,
               help="How many of the last axes are normalized together: 1 for features, 3 for a whole map."),
        _EPS,
        Flag("elementwise_affine", "Learned scale and shift", True,
             help="Whether a scale and a shift per element are learned."),
    ),
    formula=r"y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta",
    source="Ba et al. 2016; torch.nn.LayerNorm", build=_build_layer_norm, check=_check_layer_norm,
    sees=_layer_norm_sees,
)

DROPOUT = Block(
    name="dropout", title="Dropout", family="normalization",
    summary="While training, sets a random share of the values to zero and scales up the rest.",
    params=(Number("p", "Share dropped", 0.5, low=0, high=0.99,
                   help="The chance that a value is set to zero. The rest is divided by 1 - p, so the mean stays."),),
    formula=r"y = \frac{m \odot x}{1 - p},\quad m_i \sim \mathrm{Bernoulli}(1 - p)",
    source="Srivastava et al. 2014; Dive into Deep Learning, 5.6", build=torch_module("Dropout"),
    check=lambda params, signals: needs_float("Dropout", signals),
)
