"""Dropout of values, channels or whole branches during training."""

from __future__ import annotations

from explorer.blocks.block import Block, token_by_token, torch_module
from explorer.blocks.checks import needs_float, needs_map
from explorer.spec import Number


def _share(default: float, what: str) -> Number:
    return Number("p", "Share dropped", default, low=0, high=0.99, help=what)


def _build_stochastic_depth(params, in_shapes):
    from torchvision.ops import StochasticDepth

    return StochasticDepth(params["p"], "row")


DROPOUT = Block(
    name="dropout", title="Dropout", family="normalization",
    summary="During training, sets random values to zero and scales up the others.",
    params=(_share(0.5, "The chance that a value is set to zero. Others are divided by 1 - p to keep the mean."),),
    formula=r"y = \frac{m \odot x}{1 - p},\quad m_i \sim \mathrm{Bernoulli}(1 - p)",
    source="Srivastava et al. 2014; Dive into Deep Learning, 5.6", build=torch_module("Dropout"),
    reach=token_by_token,
    check=lambda params, signals: needs_float("Dropout", signals),
)

DROPOUT2D = Block(
    name="dropout2d", title="Dropout2d", family="normalization",
    summary="During training, sets random channels of a map to zero (spatial dropout) and scales up the others.",
    params=(_share(0.5, "The chance that a channel is set to zero. Others are divided by 1 - p to keep the mean."),),
    formula=r"y_c = \frac{m_c\, x_c}{1 - p},\quad m_c \sim \mathrm{Bernoulli}(1 - p)",
    source="Tompson et al. 2015; torch.nn.Dropout2d", build=torch_module("Dropout2d"),
    check=lambda params, signals: needs_map("Dropout2d", signals[0]),
)

STOCHASTIC_DEPTH = Block(
    name="stochastic_depth", title="Stochastic depth", family="normalization",
    summary="During training, drops the whole branch for random samples, as if the network were shallower.",
    params=(_share(0.1, "The chance that a sample's whole branch is set to zero. Those that stay are divided by 1 - p, "
                        "so the mean stays."),),
    formula=r"y = \frac{m\, x}{1 - p},\quad m \sim \mathrm{Bernoulli}(1 - p) \text{ for each sample}",
    source="Huang et al. 2016; torchvision.ops.StochasticDepth", build=_build_stochastic_depth,
    reach=token_by_token,
    check=lambda params, signals: needs_float("Stochastic depth", signals),
)

DROPOUTS = (DROPOUT, DROPOUT2D, STOCHASTIC_DEPTH)
