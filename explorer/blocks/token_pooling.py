"""From a sequence of tokens to one row of features."""

from __future__ import annotations

from explorer.blocks.block import Block, Reach
from explorer.blocks.checks import needs_float
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Choice
from explorer.text import text


def _build(params, in_shapes):
    from torch import Tensor, nn

    pick = {"class": lambda x: x[:, 0], "last": lambda x: x[:, -1], "mean": lambda x: x.mean(1),
            "max": lambda x: x.amax(1)}[params["pool"]]

    class TokenPooling(nn.Module):
        """(batch, token, feature) -> (batch, feature)."""

        def forward(self, x: Tensor) -> Tensor:
            return pick(x)

    return TokenPooling()


def _check(params, signals):
    (signal,) = signals
    if len(signal.shape) == 2:
        return needs_float("Token pooling", signals)
    return [Problem(text("Token pooling needs a sequence (token × feature) but gets {shape}.",
                         shape=format_shape(signal.shape)))]


TOKEN_POOLING = Block(
    name="token_pooling", title="Token pooling", family="shape",
    summary="Reduces a sequence to one row of features: its class token, its last token, the mean or the maximum.",
    params=(
        Choice("pool", "What is taken", "class", ("class", "mean", "max", "last"),
               ("Class token", "Mean", "Maximum", "Last token"),
               help="The class token is the first one. With causal attention, the last token has seen all others."),
    ),
    formula=r"(T, F) \to (F): \quad y = x_1, \quad \tfrac{1}{T}\textstyle\sum_t x_t, \quad \max_t x_t "
            r"\quad \text{or} \quad x_T",
    source="Dosovitskiy et al. 2021, 3.1; Dive into Deep Learning, 11.8", build=_build, check=_check,
    sees=lambda params, in_shape: None,
    reach=lambda params, in_shape: Reach.ALL if params["pool"] in ("mean", "max") else Reach.SOME,
)
