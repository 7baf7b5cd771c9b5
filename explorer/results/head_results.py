"""Measures of attention: maps of where it flows, numbers of heads, and maps in rows and columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.text import Text


@dataclass(frozen=True)
class FlowMap:
    """The share of each token in what is read out. values: (token,), from zero up.

    boxes: int (token, 4), top, left, bottom, right in the input, the last two excluded; -1 for a token that has no
    place there. Of a text, the row is 0 and the column the token's place.

    >>> FlowMap("rollout", np.array([1.0]), np.array([[0, 0, 7, 7]])).limit
    1.0
    """

    title: str | Text
    values: np.ndarray
    boxes: np.ndarray

    @property
    def limit(self) -> float:
        """The end of the color scale: the largest value of a token with a place (1 where none is above zero)."""
        placed = self.values[self.boxes[:, 0] >= 0]
        largest = float(np.nan_to_num(placed, posinf=0.0).max(initial=0.0))
        return largest if largest > 0 else 1.0


@dataclass(frozen=True)
class FlowMaps:
    """Maps of attention over the same input, side by side.

    picture: (height, width) or (height, width, 3) in 0..1; (0, 0) where the input is no image. labels: of the tokens of
    a text in order, those after the last one typed left out. start: what is read out, in words.
    """

    title: str | Text
    maps: tuple[FlowMap, ...]
    picture: np.ndarray
    start: str | Text
    labels: tuple[str, ...] = ()
    note: Text | None = None


@dataclass(frozen=True)
class HeadGrid:
    """A number for each layer and head, or other part of the layer. values: (layer, part), NaN where there is none.

    most: fixes the end of the color scale, where the number has a largest value.

    >>> HeadGrid("entropy", np.array([[1.0, 2.0]])).limit
    2.0
    """

    title: str | Text
    values: np.ndarray
    unit: str = ""
    signed: bool = False
    most: float | None = None

    @property
    def limit(self) -> float:
        """The end of the color scale: the largest magnitude (1 where all is zero), unless it is fixed."""
        if self.most:
            return self.most
        finite = self.values[np.isfinite(self.values)]
        largest = float(np.abs(finite).max(initial=0.0))
        return largest if largest > 0 else 1.0


@dataclass(frozen=True)
class HeadGrids:
    """Numbers of heads, several quantities side by side. rows: names of the layers, columns: of their parts.

    column_axis: what the columns are.
    """

    title: str | Text
    grids: tuple[HeadGrid, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    note: Text | None = None
    column_axis: str = "head"


@dataclass(frozen=True)
class Mosaic:
    """Maps in rows and columns on one scale. values: (row, column, height, width), NaN for a map that is not there.

    inner: the names of a map's own axes. quantity: the number's name, with `unit`.
    """

    title: str | Text
    values: np.ndarray
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    inner: tuple[str, str]
    quantity: str
    signed: bool = True
    limit: float | None = None
    note: Text | None = None
