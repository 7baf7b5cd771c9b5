"""Changes of shape, without computation or parameters."""

from __future__ import annotations

import math

from explorer.blocks.block import UNKNOWN, Block, Reach, Window, torch_module
from explorer.blocks.checks import set_param
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Number, Sizes
from explorer.text import text


def _check_flatten(params, signals):
    (signal,), start, end = signals, params["start_dim"], params["end_dim"]
    rank = len(signal.shape)
    if start > rank:
        return [Problem(text("Flatten starts at axis {axis}, but its input {shape} has only {rank}.", axis=start,
                             shape=format_shape(signal.shape), rank=rank), set_param("start_dim", 1, "first axis"))]
    if end == -1 or start <= end <= rank:
        return []
    return [Problem(text("Flatten ends at axis {axis}, but must end between {start} and {rank} for its input {shape}.",
                         axis=end, shape=format_shape(signal.shape), start=start, rank=rank),
                    set_param("end_dim", -1, "last axis"))]


def _build_reshape(params, in_shapes):
    from torch import Tensor, nn

    class Reshape(nn.Module):
        """Reshape of each sample; the batch axis stays."""

        def __init__(self, shape: tuple[int, ...]) -> None:
            super().__init__()
            self.shape = shape

        def forward(self, x: Tensor) -> Tensor:
            return x.reshape(x.shape[0], *self.shape)

    count, given = math.prod(in_shapes[0]), params["shape"]
    rest = count // math.prod(size for size in given if size != -1)
    return Reshape(tuple(rest if size == -1 else size for size in given))


def _check_reshape(params, signals):
    (signal,), shape = signals, params["shape"]
    if 0 in shape or shape.count(-1) > 1:
        return [Problem(text("Sizes must be 1 or more, with at most one -1 for what is left over, not {shape}.",
                             shape=", ".join(map(str, shape))), set_param("shape", (-1,), "shape"))]
    count, wanted = math.prod(signal.shape), math.prod(size for size in shape if size != -1)
    if count == wanted or (-1 in shape and count % wanted == 0):
        return []
    if -1 in shape:
        message = text("The {count:,} values of {given} are no multiple of {wanted:,}, the product of the other sizes.",
                       count=count, given=format_shape(signal.shape), wanted=wanted)
    else:
        message = text("{given} has {count:,} values, but {shape} needs {wanted:,}.", count=count, wanted=wanted,
                       given=format_shape(signal.shape), shape=format_shape(shape))
    return [Problem(message, set_param("shape", (-1,), "shape"))]


def _build_permute(params, in_shapes):
    from torch import Tensor, nn

    class Permute(nn.Module):
        """Permutation of each sample's axes; the batch axis stays first."""

        def __init__(self, dims: tuple[int, ...]) -> None:
            super().__init__()
            self.dims = dims

        def forward(self, x: Tensor) -> Tensor:
            return x.permute(0, *self.dims)

    return Permute(params["dims"])


def _check_permute(params, signals):
    rank = len(signals[0].shape)
    if sorted(params["dims"]) == list(range(1, rank + 1)):
        return []
    return [Problem(text("Permute needs each axis of {shape} once, 1 to {rank}, but gets {dims}.", rank=rank,
                         shape=format_shape(signals[0].shape), dims=", ".join(map(str, params["dims"]))),
                    set_param("dims", (*range(2, rank + 1), 1), "order"))]


def _reach_flatten(params, in_shape):
    whole = params["start_dim"] == 1 and params["end_dim"] in (-1, len(in_shape))
    return Reach.ALL if whole else Reach.UNKNOWN


FLATTEN = Block(
    name="flatten", title="Flatten", family="shape",
    summary="Turns a map into one row of numbers: channel by channel, row by row.",
    params=(
        Number("start_dim", "First axis", 1, low=1, high=8, integer=True,
               help="The first axis to flatten; 1 is the first after the batch."),
        Number("end_dim", "Last axis", -1, low=-1, high=8, integer=True,
               help="The last axis to flatten; -1 is the last one."),
    ),
    formula=r"(C, H, W) \to (C \cdot H \cdot W)", source="torch.nn.Flatten",
    build=torch_module("Flatten"), check=_check_flatten, reach=_reach_flatten,
)

RESHAPE = Block(
    name="reshape", title="Reshape", family="shape",
    summary="Puts the same values, in order, into another shape.",
    params=(
        Sizes("shape", "Shape", (-1,), axes=None, low=-1, high=1_000_000,
              help="The new shape of one sample. One size may be -1, which is computed from the others."),
    ),
    formula=r"(n_1, n_2, \dots) \to (m_1, m_2, \dots), \quad \textstyle\prod n_i = \prod m_i",
    source="torch.Tensor.reshape", build=_build_reshape, check=_check_reshape,
    sees=lambda params, in_shape: UNKNOWN,
)

PERMUTE = Block(
    name="permute", title="Permute", family="shape",
    summary="Reorders the axes of a sample, such as channels last.",
    params=(
        Sizes("dims", "Order of the axes", (2, 1), axes=None, high=8,
              help="The old axes in their new order; 1 is the first after the batch. 2×3×1 puts the channels last."),
    ),
    formula=r"y_{i_{d_1}, i_{d_2}, \dots} = x_{i_1, i_2, \dots}", source="torch.permute",
    build=_build_permute, check=_check_permute,
    sees=lambda params, in_shape: Window() if params["dims"] == (1, 2, 3) else UNKNOWN,
)
