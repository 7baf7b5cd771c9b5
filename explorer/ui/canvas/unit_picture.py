"""Picture of a network for data in a plane: one small square a unit, column by column, and an edge for each weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.blocks import BLOCKS
from explorer.blocks.plane_features import FEATURES
from explorer.document import Network
from explorer.network import Analysis, analyze
from explorer.network.input_features import features_of
from explorer.results import ImageGrid, LayerWeights
from explorer.training.analysis.live_view import MOST_UNITS
from explorer.ui.canvas.component.picture import CanvasPicture, DrawnEdge, DrawnNode, Kind, NodeSummary, Watched
from explorer.ui.language import _

_PITCH, _HEAD_ABOVE = 42, 30      # a unit is 36 wide and high, as the component has it
_ASPECT = 1.2                     # of the plane that the columns fill
_NEAREST, _FARTHEST = 84, 420     # of two columns
_KEEP_VALUES = ("flatten", "dropout", "identity")  # blocks without a column of their own


@dataclass(frozen=True)
class Column:
    """The units that one address hands on: how many are shown, of how many in all, with names if they have any."""

    address: str
    units: int
    total: int
    names: tuple[str, ...] = ()


def reads_a_plane(net: Network, analysis: Analysis) -> bool:
    """Check whether the network's one input is a point of a plane."""
    shapes = [analysis.signals[node].shape for node in net.inputs if node in analysis.signals]
    return len(net.inputs) == 1 and shapes == [(2,)]


def make_unit_picture(net: Network, grids: Sequence[ImageGrid], layers: Sequence[LayerWeights],
                      live: Watched | None = None) -> CanvasPicture:
    """Make the picture of these maps and weights; before there are any, of the columns that the document has."""
    columns = _columns_of_grids(net, grids) or columns_of(net)
    between = [(layer.source, layer.target) for layer in layers] if grids else \
        [(first.address, second.address) for first, second in pairwise(columns)]
    heads = [_head(columns, place) for place in range(len(columns))]
    units = {column.address: [_unit(columns, place, unit) for unit in range(column.units)]
             for place, column in enumerate(columns)}
    edges = tuple(DrawnEdge(one.id, other.id) for source, target in between
                  for one in units.get(source, ()) for other in units.get(target, ()))
    nodes = (*heads, *(node for column in units.values() for node in column))
    kinds = {"column": Kind("column", "", "", "", inputs=()), "unit": Kind("unit", _("Unit"), "linear", "")}
    return CanvasPicture(0, nodes, edges, {node.id: NodeSummary(kinds[node.block]) for node in nodes}, editable=False,
                         live=live)


def columns_of(net: Network) -> list[Column]:
    """List the columns by the document alone: its features, each layer after its activation, the output."""
    analysis, found = analyze(net), []
    for node_id in analysis.order:
        signal, block = analysis.signals.get(node_id), net.node(node_id).block
        if signal is None or len(signal.shape) != 1 or block in _KEEP_VALUES:
            continue
        column = Column(node_id, min(signal.shape[0], MOST_UNITS), signal.shape[0], _names(net, node_id))
        if not found or (block in BLOCKS and BLOCKS.get(block).family == "linear"):
            found.append(column)
        else:
            found[-1] = column
    return found


def _columns_of_grids(net: Network, grids: Sequence[ImageGrid]) -> list[Column]:
    shapes = analyze(net).shapes
    return [Column(grid.title, len(grid.values), max(len(grid.values), *shapes.get(grid.title, ())),
                   grid.labels or _names(net, grid.title)) for grid in grids]


def _names(net: Network, address: str) -> tuple[str, ...]:
    """Name the units of a column of features: the coordinates, or those that a block makes of them."""
    if address in net.inputs:
        return ("x1", "x2")
    is_made = address in net.by_id and net.node(address).block == "plane_features"
    return tuple(FEATURES[name] for name in features_of(net)) if is_made else ()


def _head(columns: Sequence[Column], place: int) -> DrawnNode:
    column = columns[place]
    words = column.address if column.units == column.total else \
        _("{address}, {shown} of {total}", address=column.address, shown=column.units, total=f"{column.total:,}")
    return DrawnNode(f"{column.address}:head", "column", {"label": words}, (_x(columns, place), -_HEAD_ABOVE))


def _unit(columns: Sequence[Column], place: int, unit: int) -> DrawnNode:
    column, tallest = columns[place], max(column.units for column in columns)
    label = column.names[unit] if unit < len(column.names) else _("unit {index}", index=unit)
    y = _PITCH * (unit + (tallest - column.units) / 2)
    return DrawnNode(f"{column.address}:{unit}", "unit", {
        "address": column.address, "unit": unit, "label": label, "is_named": unit < len(column.names),
    }, (_x(columns, place), y))


def _x(columns: Sequence[Column], place: int) -> float:
    high = _PITCH * max(column.units for column in columns)
    return round(place * min(_FARTHEST, max(_NEAREST, _ASPECT * high / max(1, len(columns) - 1))))
