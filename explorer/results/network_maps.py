"""Maps of a whole network for one input: each node's output, thinned for thumbnails, and numbers over the nodes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

MAPS, UNITS, TOKENS = "maps", "units", "tokens"  # forms of an output
_MOST = {MAPS: (32, 32, 32), UNITS: (1_024, 1, 1), TOKENS: (1, 64, 32)}  # maps, rows and columns that are shown


@dataclass(frozen=True)
class Thinning:
    """The part of an output that is shown: `count` of `total` maps; every so many rows and columns as `step` has."""

    form: str
    count: int
    total: int
    step: tuple[int, int]
    rows: int
    columns: int


def thinning_of(shape: tuple[int, ...]) -> Thinning:
    """Decide how much of an output of this shape is shown; known before there is one.

    >>> thinning_of((64, 100, 50))
    Thinning(form='maps', count=32, total=64, step=(4, 2), rows=25, columns=25)
    """
    form = UNITS if len(shape) < 2 else TOKENS if len(shape) == 2 else MAPS
    space = shape[-2:] if len(shape) > 1 else (1, 1)
    most_maps, *most = _MOST[form]
    step = tuple(max(1, math.ceil(size / limit)) for size, limit in zip(space, most, strict=True))
    rows, columns = (math.ceil(size / every) for size, every in zip(space, step, strict=True))
    total = math.prod(shape) if form == UNITS else math.prod(shape[:-2])
    return Thinning(form, min(total, most_maps), total, step, rows, columns)


@dataclass(frozen=True)
class NodeMaps:
    """One node's output for one sample, thinned.

    form: MAPS (channel, height, width); UNITS, a row of numbers, each a map of one value; TOKENS, one map
    (token, feature). values: float32 (map, height, width), the first of `total` maps; of rows and columns every so many
    as `step` has, one number for each. shape: of the whole output. signed: drawn around zero. limit: the largest
    magnitude of the whole output, 1 where all is zero. ranges: float32 (map, 2), the smallest and the largest value of
    each shown map before thinning. names: of the shown units, or of the rows of tokens; empty where they have none.
    kernels: float32 (map, source map, height, width), the weights from the first maps of the source to the shown ones;
    without elements where there are none.

    >>> line = NodeMaps("linear1", UNITS, np.zeros((3, 1, 1), np.float32), 3, (3,), (1, 1), True, 1.0,
    ...                 np.zeros((3, 2), np.float32), (), np.zeros((0, 0, 0, 0), np.float32))
    >>> line.total
    3
    """

    address: str
    form: str
    values: np.ndarray
    total: int
    shape: tuple[int, ...]
    step: tuple[int, int]
    signed: bool
    limit: float
    ranges: np.ndarray
    names: tuple[str, ...]
    kernels: np.ndarray


@dataclass(frozen=True)
class NodeNumbers:
    """One number for each node, in the nodes' order; NaN where a node has none.

    >>> NodeNumbers("norm", np.array([1.5, np.nan])).quantity
    'norm'
    """

    quantity: str
    values: np.ndarray


@dataclass(frozen=True)
class NetworkMaps:
    """The outputs of all nodes of a network, or of the block walked into, and numbers over the same nodes.

    inside: the address of that block, "" for the whole network.

    >>> NetworkMaps("", (), ()).numbers("norm") is None
    True
    """

    inside: str
    nodes: tuple[NodeMaps, ...]
    quantities: tuple[NodeNumbers, ...]

    def numbers(self, quantity: str) -> np.ndarray | None:
        """Return the numbers of a quantity, None where it was not asked for."""
        return next((one.values for one in self.quantities if one.quantity == quantity), None)

    def __getitem__(self, address: str) -> NodeMaps:
        """Return the maps of a node. Raises KeyError."""
        found = next((node for node in self.nodes if node.address == address), None)
        if found is None:
            raise KeyError(address)
        return found
