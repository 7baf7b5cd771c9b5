"""Merges of branches: sum, concatenation and product."""

from __future__ import annotations

from explorer.blocks.block import Block, Reach, token_by_token
from explorer.blocks.checks import needs_float, set_param
from explorer.blocks.sketch import Symbol
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Number
from explorer.text import text

_MAX_LISTED = 8


def _build_add(params, in_shapes):
    from torch import Tensor, nn

    class Add(nn.Module):
        """Sum of tensors of equal shape."""

        def forward(self, first: Tensor, *rest: Tensor) -> Tensor:
            for other in rest:
                first = first + other
            return first

    return Add()


def _build_concat(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class Concat(nn.Module):
        """Concatenation of tensors along axis `dim`; the batch is axis 0."""

        def __init__(self, dim: int) -> None:
            super().__init__()
            self.dim = dim

        def forward(self, *parts: Tensor) -> Tensor:
            return torch.cat(parts, self.dim)

    return Concat(params["dim"])


def _build_multiply(params, in_shapes):
    from torch import Tensor, nn

    class Multiply(nn.Module):
        """Product of two tensors; one factor per channel applies to every pixel of a map."""

        def forward(self, first: Tensor, second: Tensor) -> Tensor:
            return self._fitted(first, second) * self._fitted(second, first)

        @staticmethod
        def _fitted(gate: Tensor, other: Tensor) -> Tensor:
            """Reshape a row so that it scales the channels of a map or the features of tokens."""
            if gate.dim() == 2 and other.dim() == 4:
                return gate[:, :, None, None]
            return gate[:, None] if gate.dim() == 2 and other.dim() == 3 else gate

    return Multiply()


def _check_multiply(params, signals):
    first, second = sorted((signal.shape for signal in signals), key=len)
    if (len(first), len(second)) == (1, 3):
        first = (*first, 1, 1)  # a gate for each channel
    elif (len(first), len(second)) == (1, 2):
        first = (1, *first)  # a gate for each feature
    if len(first) == len(second) and all(a == b or 1 in (a, b) for a, b in zip(first, second, strict=True)):
        return needs_float("Multiply", signals)
    return [Problem(text("Multiply needs equal shapes, or a gate with one number per channel, but gets {shapes}.",
                         shapes=_listed(signals)))]


def _listed(signals):
    shapes = [format_shape(signal.shape) for signal in signals]
    shapes = shapes if len(shapes) <= _MAX_LISTED else [*list(dict.fromkeys(shapes))[:_MAX_LISTED - 1], "…"]
    return text("{first} and {last}", first=", ".join(shapes[:-1]), last=shapes[-1])


def _check_add(params, signals):
    if len({signal.shape for signal in signals}) > 1:
        return [Problem(text("Add needs equal shapes but gets {shapes}.", shapes=_listed(signals)))]
    return needs_float("Add", signals)


def _check_concat(params, signals):
    axis, ranks = params["dim"] - 1, {len(signal.shape) for signal in signals}
    if len(ranks) > 1 or axis >= (rank := min(ranks)):
        fix = set_param("dim", rank, "axis") if len(ranks) == 1 else None
        return [Problem(text("Concat along axis {dim} is not possible for {shapes}.", dim=params["dim"],
                             shapes=_listed(signals)), fix)]
    others = {signal.shape[:axis] + signal.shape[axis + 1:] for signal in signals}
    if len(others) > 1:
        return [Problem(text("Concat needs equal shapes except along axis {dim}, but gets {shapes}.",
                             dim=params["dim"], shapes=_listed(signals)))]
    return needs_float("Concat", signals)


ADD = Block(
    name="add", title="Add", family="merge", inputs=("first", "second"), variadic=True,
    summary="The elementwise sum of its inputs, as at the end of a skip connection.",
    formula=r"y = x_1 + x_2 + \dots", source="He et al. 2016; Dive into Deep Learning, 8.6",
    build=_build_add, check=_check_add, reach=token_by_token, sketch=lambda params, in_shapes: Symbol("+"),
)
CONCAT = Block(
    name="concat", title="Concat", family="merge", inputs=("first", "second"), variadic=True,
    summary="Concatenates its inputs along one axis, usually the channels.",
    params=(Number("dim", "Axis", 1, low=1, high=8, integer=True,
                   help="The axis of concatenation; 1 is the first after the batch: channel or feature."),),
    formula=r"y = [x_1; x_2; \dots]", source="Szegedy et al. 2015; torch.cat",
    build=_build_concat, check=_check_concat,
    reach=lambda params, in_shape: Reach.OWN if params["dim"] == len(in_shape) else Reach.SOME,
    sketch=lambda params, in_shapes: Symbol("⧺"),
)
MULTIPLY = Block(
    name="multiply", title="Multiply", family="merge", inputs=("first", "second"),
    summary="The elementwise product of its inputs; a gate with one number per channel scales whole maps.",
    formula=r"y_{c,i,j} = x_{c,i,j}\; g_c \quad \text{or} \quad y = x_1 \odot x_2",
    source="Hu et al. 2018 (squeeze and excitation); Dauphin et al. 2017",
    build=_build_multiply, check=_check_multiply, reach=token_by_token, sketch=lambda params, in_shapes: Symbol("×"),
)
