"""Units: one value of a node's output, the way from the input to it, and pictures that excite it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class Stage:
    """A node on the way to a unit, with the window of its output that the unit depends on.

    shape: of the whole output of one sample. start, stop: (axis,) bounds of the window, stop excluded.
    maps: float32 (map, height, width), the part of the output that is drawn: three maps for a picture in color, else
    one; a row of features is (1, 1, feature). shown: the map's index along the leading axes, () where there are none.
    every: steps (rows, columns) between the values in `maps`, which are exact. signed: drawn around zero.
    largest: the value of largest magnitude within the window, of the map that is drawn.
    labels: names along the last drawn axis of tokens or features. branches: further nodes that feed the next stage.
    across: how many values of a row belong side by side, as they were before it was flattened; 0 for any number.
    """

    node: str
    block: str
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    start: tuple[int, ...]
    stop: tuple[int, ...]
    shown: tuple[int, ...]
    maps: np.ndarray
    every: tuple[int, int]
    largest: float
    signed: bool = True
    labels: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    across: int = 0

    @property
    def is_whole(self) -> bool:
        """True where the unit depends on all of the output."""
        return self.start == (0,) * len(self.shape) and self.stop == self.shape


@dataclass(frozen=True)
class UnitPath:
    """A unit with the chain of windows from the input to it; the last stage is its own node, its window the unit.

    unit: the index into the node's output. patch: float32 (channel, height, width), the window of an input of maps,
    else (0, 0, 0). field: (top, left, bottom, right) of the theoretical receptive field, with what lies in the padding;
    empty where it is unknown or no box. sentence: the path in words.
    """

    node: str
    unit: tuple[int, ...]
    value: float
    stages: tuple[Stage, ...]
    patch: np.ndarray
    field: tuple[float, ...] = ()
    sentence: Text | None = None


@dataclass(frozen=True)
class Picture:
    """An image with its caption. image: (height, width) or (height, width, 3) in 0..1.

    box: (top, left, bottom, right) of a part that is framed and shown large, the last two excluded; () for none.
    """

    image: np.ndarray
    caption: str | Text
    box: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pictures:
    """Images side by side, in order. `note` is a remark on all of them."""

    title: str | Text
    pictures: tuple[Picture, ...]
    note: Text | None = None
