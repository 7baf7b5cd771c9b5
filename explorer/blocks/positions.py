"""Positional encodings and the class token."""

from __future__ import annotations

from explorer.blocks.block import Block, token_by_token
from explorer.blocks.token_checks import needs_tokens
from explorer.spec import Number


def _build_sinusoidal(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class SinusoidalPositions(nn.Module):
        """Addition of fixed waves to tokens (token, feature), one per pair of features."""

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
        """Addition of a learned vector per position to tokens (token, feature)."""

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
        """One learned token before the tokens (token, feature)."""

        def __init__(self, features: int) -> None:
            super().__init__()
            self.token = nn.Parameter(torch.zeros(1, features))

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([self.token.expand(len(x), 1, -1), x], dim=1)

    return ClassToken(in_shapes[0][1])



SINUSOIDAL_POSITIONS = Block(
    name="sinusoidal_positions", title="Sinusoidal positions", family="attention",
    summary="Adds sines and cosines of each token's position, from high to low frequencies.",
    params=(Number("base", "Base", 10_000.0, low=2, high=1e9,
                   help="The ratio of the longest to the shortest wavelength."),),
    formula=r"P_{i,2j} = \sin\frac{i}{b^{2j/d}},\quad P_{i,2j+1} = \cos\frac{i}{b^{2j/d}}",
    source="Vaswani et al. 2017, 3.5; Dive into Deep Learning, 11.6", build=_build_sinusoidal,
    check=lambda params, signals: needs_tokens("Sinusoidal positions", signals[0]),
    sees=lambda params, in_shape: None, reach=token_by_token,
)
LEARNED_POSITIONS = Block(
    name="learned_positions", title="Learned positions", family="attention",
    summary="Adds a learned vector for each token's position.",
    params=(Number("std", "Initial standard deviation", 0.02, low=0, high=10,
                   help="The standard deviation of the initial vectors."),),
    formula=r"y_i = x_i + p_i", source="Dosovitskiy et al. 2021, 3.1; Dive into Deep Learning, 11.8",
    build=_build_learned, check=lambda params, signals: needs_tokens("Learned positions", signals[0]),
    sees=lambda params, in_shape: None, reach=token_by_token,
)
CLASS_TOKEN = Block(
    name="class_token", title="Class token", family="attention",
    summary="Prepends a learned token that gathers information from the whole sequence by attention.",
    formula=r"y = [\,c;\; x_1;\; \dots;\; x_n\,]", source="Dosovitskiy et al. 2021, 3.1; Dive into Deep Learning, 11.8",
    build=_build_class_token, check=lambda params, signals: needs_tokens("Class token", signals[0]),
    sees=lambda params, in_shape: None, reach=token_by_token,
)
