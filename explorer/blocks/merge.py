"""Where branches come together."""

from __future__ import annotations

from explorer.blocks.base import Block, Fault
from explorer.blocks.checks import needs_float, set_param
from explorer.spec import Number
from explorer.text import shape_text, text

_MAX_LISTED = 8


def _build_add(params, in_shapes):
    from torch import Tensor, nn

    class Add(nn.Module):
        """The sum of tensors of one shape."""

        def forward(self, first: Tensor, *rest: Tensor) -> Tensor:
            for other in rest:
                first = first + other
            return first

    return Add()


def _build_concat(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class Concat(nn.Module):
        """Tensors behind one another along axis `dim`; the batch is axis 0."""

        def __init__(self, dim: int) -> None:
            super().__init__()
            self.dim = dim

        def forward(self, *parts: Tensor) -> Tensor:
            return torch.cat(parts, self.dim)

    return Concat(params["dim"])


def _listed(signals):
    shapes = [shape_text(signal.shape) for signal in signals]
    shapes = shapes if len(shapes) <= _MAX_LISTED else [*list(dict.fromkeys(shapes))[:_MAX_LISTED - 1], "…"]
    return text("{first} and {last}", first=", ".join(shapes[:-1]), last=shapes[-1])


def _check_add(params, signals):
    if len({signal.shape for signal in signals}) > 1:
        return [Fault(text("Add needs equal shapes but gets {shapes}.", shapes=_listed(signals)))]
    return needs_float("Add", signals)


def _check_concat(params, signals):
    axis, ranks = params["dim"] - 1, {len(signal.shape) for signal in signals}
    if len(ranks) > 1 or axis >= (rank := min(ranks)):
        fix = set_param("dim", rank, "axis") if len(ranks) == 1 else None
        return [Fault(text("Concat along axis {dim} does not fit {shapes}.", dim=params["dim"],
                           shapes=_listed(signals)), fix)]
    others = {signal.shape[:axis] + signal.shape[axis + 1:] for signal in signals}
    if len(others) > 1:
        return [Fault(text("Concat needs equal shapes but for axis {dim}; it gets {shapes}.",
                           dim=params["dim"], shapes=_listed(signals)))]
    return needs_float("Concat", signals)


ADD = Block(
    name="add", title="Add", family="merge", inputs=("first", "second"), variadic=True,
    summary="The sum of its inputs, value by value; the end of a skip connection.",
    formula=r"y = x_1 + x_2 + \dots", source="He et al. 2016; Dive into Deep Learning, 8.6",
    build=_build_add, check=_check_add,
)
CONCAT = Block(
    name="concat", title="Concat", family="merge", inputs=("first", "second"), variadic=True,
    summary="Lays its inputs behind one another, channel after channel.",
    params=(Number("dim", "Axis", 1, low=1, high=8, integer=True,
                   help="The axis that grows; 1 is the first behind the batch: channel or feature."),),
    formula=r"y = [x_1; x_2; \dots]", source="Szegedy et al. 2015; torch.cat",
    build=_build_concat, check=_check_concat,
)
