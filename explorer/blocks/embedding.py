"""Embeddings: token indices as vectors."""

from __future__ import annotations

from explorer.blocks.block import Block, Signal, torch_module
from explorer.document import Problem
from explorer.spec import Number
from explorer.text import text

_TOKENS = (Signal((5,), "int64"),)


def _needs_indices(title):
    def check(params, signals):
        if signals[0].dtype == "int64":
            return []
        return [Problem(text("{block} looks up indices (int64), but gets numbers. Set the element type of the input to "
                             "int64.", block=title))]
    return check


def _build_one_hot(params, in_shapes):
    from torch import Tensor, nn
    from torch.nn import functional as F

    class OneHot(nn.Module):
        """Indices (...) to rows of zeros with a single one (..., class)."""

        def __init__(self, classes: int) -> None:
            super().__init__()
            self.classes = classes

        def forward(self, x: Tensor) -> Tensor:
            return F.one_hot(x, self.classes).float()

    return OneHot(params["classes"])


EMBEDDING = Block(
    name="embedding", title="Embedding", family="sequence",
    summary="Looks up a learned vector for each token.",
    params=(
        Number("num_embeddings", "Vocabulary", 1000, low=2, high=10_000_000, integer=True, unit="tokens",
               help="The number of different tokens; indices start at 0."),
        Number("embedding_dim", "Features", 32, low=1, high=1_000_000, integer=True,
               help="The size of a token's vector."),
    ),
    formula=r"y_i = E_{x_i}", source="Bengio et al. 2003; Dive into Deep Learning, 15.1; torch.nn.Embedding",
    build=torch_module("Embedding"), check=_needs_indices("Embedding"), sees=lambda params, in_shape: None,
    example=_TOKENS,
)
ONE_HOT = Block(
    name="one_hot", title="One-hot", family="sequence",
    summary="Turns each index into a vector of zeros with a single one.",
    params=(Number("classes", "Classes", 10, low=2, high=1_000_000, integer=True,
                   help="The number of different indices, and so the length of the vector."),),
    formula=r"y_{ij} = 1 \text{ if } x_i = j \text{ else } 0",
    source="Dive into Deep Learning, 4.1 and 9.5; torch.nn.functional.one_hot",
    build=_build_one_hot, check=_needs_indices("One-hot"), sees=lambda params, in_shape: None, example=_TOKENS,
)
