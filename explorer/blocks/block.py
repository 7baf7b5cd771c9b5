"""Blocks: records of their names, inputs, settings, computation and checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from explorer.blocks.sketch import Sketch
from explorer.document import Network, Problem, Shape
from explorer.spec import ParamSpec

if TYPE_CHECKING:
    from torch import nn

FAMILIES = ("input", "linear", "shape", "convolution", "pooling", "activation", "normalization", "attention",
            "sequence", "merge", "composite")
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Signal:
    """The tensor on an edge: one sample's shape, without the batch axis, and the element type's torch name.

    >>> Signal((1, 28, 28))
    Signal(shape=(1, 28, 28), dtype='float32')
    """

    shape: Shape
    dtype: str = "float32"


@dataclass(frozen=True)
class Window:
    """The window of one output pixel in the input map: `size` pixels along (height, width), a window every `stride`.

    >>> Window(size=(3, 3), padding=(1, 1)).stride
    (1, 1)
    """

    size: tuple[int, int] = (1, 1)
    stride: tuple[int | Fraction, int | Fraction] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    as_tokens: bool = False  # each window becomes a token, row by row


UNKNOWN = Window(size=(0, 0))


class Reach(Enum):
    """The input tokens that one row of a block's output depends on; features are along the last axis.

    >>> Reach.OWN.value
    'its own token only: row by row, in order'
    """

    OWN = "its own token only: row by row, in order"
    ALL = "all tokens"
    SOME = "some whole tokens, which differ from row to row"
    UNKNOWN = "unknown, or hidden by a mask"


@dataclass(frozen=True)
class Block:
    """A kind of node. `build(params, in_shapes)` makes its module and is the only place that imports torch.

    A composite block has no `build`: `expand(params, in_shapes)` returns the network of simpler blocks it is made of,
    with one output. `inputs` are the names of its input ports; with `variadic` there may be two or more inputs and the
    last name repeats. A block with several `outputs` has a module that returns a tuple of tensors in that order; an
    edge takes the first unless it names another port.

    `check(params, signals)` returns the problems that deserve a sentence for students; anything else is left to torch.
    `sees(params, in_shape)` is the window of one output pixel: None if it sees the whole map, UNKNOWN if that depends.
    `reach(params, in_shape)` is the same for tokens (..., token, feature). `brief` is the line of settings on a node
    that has too many to list; `sketch(params, in_shapes)` is a small picture for the node, or None. `example` are
    inputs that fit the default settings, for blocks that do not take one map or one row of numbers.

    >>> from explorer.blocks import BLOCKS
    >>> conv = BLOCKS.get("conv2d")
    >>> conv.title, conv.family, conv.inputs
    ('Conv2d', 'convolution', ('input',))
    >>> [str(problem) for problem in BLOCKS.get("linear").check({}, (Signal((6, 5, 5)),))]
    ['Linear needs a flat input but gets 6×5×5. (Insert Flatten)']
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
    sketch: Callable[[Params, tuple[Shape, ...]], Sketch | None] = lambda params, in_shapes: None

    @property
    def is_composite(self) -> bool:
        """True if it is made of other blocks: ready-made, or the user's own."""
        return self.build is None


def token_by_token(params: Params, in_shape: Shape) -> Reach:
    """Return the reach of a block that treats each token on its own."""
    return Reach.OWN


def all_tokens(params: Params, in_shape: Shape) -> Reach:
    """Return the reach of a block whose every row depends on every token."""
    return Reach.ALL


def torch_module(
    class_name: str, sizes: Callable[[Shape], tuple[int, ...]] = lambda shape: (),
) -> Callable[[Params, tuple[Shape, ...]], nn.Module]:
    """Make a `build` for torch.nn's `class_name`, whose keyword arguments are named like the block's settings.

    sizes: the positional arguments before them, from the shape of the first input: its channels or its features.
    """
    def build(params: Params, in_shapes: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return getattr(nn, class_name)(*(sizes(in_shapes[0]) if in_shapes else ()), **params)

    return build


def channels(shape: Shape) -> tuple[int, ...]:
    """Return the size of a sample's first axis."""
    return shape[:1]


def features(shape: Shape) -> tuple[int, ...]:
    """Return the size of a sample's last axis."""
    return shape[-1:]
