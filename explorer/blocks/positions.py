"""What tells tokens where they stand, and the token that stands for all of them."""

from __future__ import annotations

from explorer.blocks.block import Block, token_by_token
from explorer.blocks.token_checks import needs_tokens
from explorer.spec import Number


def _build_sinusoidal(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class SinusoidalPositions(nn.Module):
        """Tokens (token, feature) plus a fixed wave for each pair of features."""

        def __init__(self, tokens: int, features: int, base: float) -> None:
            super().__init__()
            exponents = torch.arange(0, features, 2) / features
            angles = torch.arange(tokens)[:, None] / base ** exponents  # (token, pair of features)
            waves = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :features]
            self.register_buffer("positions", waves, persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.positions

    return SinusoidalPositions(*in_shapes[0], params["base"])


def _build_learned(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class LearnedPositions(nn.Module):
        """Tokens (token, feature) plus a learned row for each place."""

        def __init__(self, tokens: int, features: int, std: float) -> None:
            super().__init__()
            self.positions = nn.Parameter(torch.randn(tokens, features) * std)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.positions

    return LearnedPositions(*in_shapes[0], params["std"])


def _build_class_token(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class ClassToken(nn.Module):
        """Tokens (token, feature) with one learned token before them."""

        def __init__(self, features: int) -> None:
            super().__init__()
            self.token = nn.Parameter(torch.zeros(1, features))

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([self.token.expand(len(x), 1, -1), x], dim=1)

    return ClassToken(in_shapes[0][1])



SINUSOIDAL_POSITIONS = Block(
    name="sinusoidal_positions", title="Sinusoidal positions", family="attention",
    summary="Adds to each token sines and cosines of its place, from quick waves to slow ones.",
    params=(Number("base", "Base", 10_000.0, low=2, high=1e9,
                   help="How much slower the slowest wave is than the quickest."),),
    formula=r"P_{i,2j} = \sin\frac{i}{b^{2j/d}},\quad P_{i,2j+1} = \cos\frac{i}{b^{2j/d}}",
    source="Vaswani et al. 2017, 3.5; Dive into Deep Learning, 11.6", build=_build_sinusoidal,
    check=lambda params, signals: needs_tokens("Sinusoidal positions", signals[0]),
    sees=lambda params, in_shape: None, reach=token_by_token,
)
LEARNED_POSITIONS = Block(
    name="learned_positions", title="Learned positions", family="attention",
    summary="Adds to each token a learned row of numbers that says where it stands.",
    params=(Number("std", "Spread at the start", 0.02, low=0, high=10,
                   help="The standard deviation from which the rows are drawn."),),
    formula=r"y_i = x_i + p_i", source="Dosovitskiy et al. 2021, 3.1; Dive into Deep Learning, 11.8",
    build=_build_learned, check=lambda params, signals: needs_tokens("Learned positions", signals[0]),
    sees=lambda params, in_shape: None, reach=token_by_token,
)
CLASS_TOKEN = Block(
    name="class_token", title="Class token", family="attention",
    summary="Puts a learned token before the others; by attention it gathers what the whole sequence says.",
    formula=r"y = [\,c;\; x_1;\; \dots;\; x_n\,]", source="Dosovitskiy et al. 2021, 3.1; Dive into Deep Learning, 11.8",
    build=_build_class_token, check=lambda params, signals: needs_tokens("Class token", signals[0]),
    sees=lambda params, in_shape: None, reach=token_by_token,
)
