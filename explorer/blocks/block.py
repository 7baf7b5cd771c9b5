"""What a block is: a record of what it is called, takes, computes and can say about its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from explorer.blocks.face import Face
from explorer.document import Network, Problem, Shape
from explorer.spec import ParamSpec

if TYPE_CHECKING:
    from torch import nn

FAMILIES = ("input", "linear", "shape", "convolution", "pooling", "activation", "normalization", "attention",
            "sequence", "merge", "composite")
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Signal:
    """What flows along an edge: one sample's shape and the element type's torch name."""

    shape: Shape
    dtype: str = "float32"


@dataclass(frozen=True)
class Window:
    """What one output pixel sees of the input map: `size` pixels along (height, width), a window every `stride`."""

    size: tuple[int, int] = (1, 1)
    stride: tuple[int | Fraction, int | Fraction] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    as_tokens: bool = False  # each window becomes a token, row by row


UNKNOWN = Window(size=(0, 0))


class Reach(Enum):
    """Which tokens of its input a row of a block's output depends on, the features lying along the last axis."""

    OWN = "its own one: row by row, in their order"
    ALL = "all"
    SOME = "not the same for every row, but whatever the row, some token as a whole"
    UNKNOWN = "hidden by a mask, or not said"


@dataclass(frozen=True)
class Block:
    """A kind of node. `build(params, in_shapes)` makes its module; torch is imported only inside it.

    A composite block has no `build`: `expand(params, in_shapes)` says which simpler blocks it is made of, as a network
    with one output. `inputs` are the input ports by name; with `variadic` the last one may be repeated, two or more in
    all. A block with several `outputs` has a module that returns a tuple of tensors in their order; what follows takes
    the first unless its edge says otherwise.

    `check(params, signals)` returns the problems a student should read in words; what it lets pass, torch may refuse.
    `sees(params, in_shape)` is the window of one output pixel, None where it sees the whole map, UNKNOWN where that
    cannot be said; `reach(params, in_shape)` is the same for tokens (..., token, feature). `brief` is the line that a
    node shows of its settings, for a block with too many to name each; `face(params, in_shapes)` the picture it shows,
    None where there is nothing to see. `example` are inputs that it takes with its default settings, for a block that
    does not take maps or rows of numbers that are all alike.
    """

    name: str
    title: str
    family: str
    summary: str
    build: Callable[[Params, tuple[Shape, ...]], nn.Module] | None = None
    expand: Callable[[Params, tuple[Shape, ...]], Network] | None = None
    params: tuple[ParamSpec, ...] = ()
    inputs: tuple[str, ...] = ("input",)
    variadic: bool = False
    outputs: tuple[str, ...] = ("output",)
    example: tuple[Signal, ...] = ()
    formula: str = ""
    source: str = ""
    brief: str = ""
    check: Callable[[Params, tuple[Signal, ...]], list[Problem]] | None = None
    sees: Callable[[Params, Shape], Window | None] = lambda params, in_shape: Window()
    reach: Callable[[Params, Shape], Reach] = lambda params, in_shape: Reach.UNKNOWN
    face: Callable[[Params, tuple[Shape, ...]], Face | None] = lambda params, in_shapes: None

    @property
    def is_composite(self) -> bool:
        """Whether it is made of other blocks: ready-made, or a person's own."""
        return self.build is None


def token_by_token(params: Params, in_shape: Shape) -> Reach:
    """The reach of a block that treats every token alone."""
    return Reach.OWN


def all_tokens(params: Params, in_shape: Shape) -> Reach:
    """The reach of a block each of whose rows takes up every token."""
    return Reach.ALL


def torch_module(
    class_name: str, sizes: Callable[[Shape], tuple[int, ...]] = lambda shape: (),
) -> Callable[[Params, tuple[Shape, ...]], nn.Module]:
    """A `build` that makes torch.nn's `class_name` from the block's parameters, by their own names.

    `sizes` gives what comes before them, learned from the shape of the first input: its channels, its features.
    """
    def build(params: Params, in_shapes: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return getattr(nn, class_name)(*(sizes(in_shapes[0]) if in_shapes else ()), **params)

    return build


def channels(shape: Shape) -> tuple[int, ...]:
    """The size of a sample's first axis."""
    return shape[:1]


def features(shape: Shape) -> tuple[int, ...]:
    """The size of a sample's last axis."""
    return shape[-1:]
