"""Receptive fields of all nodes, by exact arithmetic over windows; nothing is run.

Source: Araujo, Norris & Sim 2019, Computing Receptive Fields of Convolutional Neural Networks, Distill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from explorer.blocks import BLOCKS, UNKNOWN, Reach, Window
from explorer.document import Network, Shape
from explorer.network.check import Analysis, analyze

Exact = int | Fraction  # fractions come from adaptive pooling whose parts are no whole number of pixels


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of one unit: `size` pixels along (height, width), including padding.

    The window of the first unit begins at pixel `start` (negative: in the padding), that of the next `jump` pixels
    later. If `is_whole`, every unit sees everything that reaches a layer over its whole input. `image` is the input
    node whose pixels are counted. Once a map is cut into (rows, columns) of `patches`, a unit is a token or a query's
    row of scores; a class token sees only what it attends to.
    """

    size: tuple[Exact, Exact]
    jump: tuple[Exact, Exact]
    start: tuple[Exact, Exact]
    is_whole: bool
    image: str
    patches: tuple[int, int] | None = None

    def box(self, row: int, column: int) -> tuple[Exact, Exact, Exact, Exact]:
        """Return (top, left, bottom, right) of the unit at this position; bottom and right are excluded."""
        top, left = (s + i * j for s, i, j in zip(self.start, (row, column), self.jump, strict=True))
        return top, left, top + self.size[0], left + self.size[1]


def receptive_fields(net: Network, analysis: Analysis | None = None) -> dict[str, ReceptiveField]:
    """Compute {address: receptive field of one unit}, also for the nodes inside composite nodes.

    Unknown fields are missing: of nodes without an image before them, after a problem or a block that moves pixels
    around, and of merges of two images. analysis: of the network, if it exists already.
    """
    return _fields(net, analysis or analyze(net), {})


def _fields(
    net: Network, analysis: Analysis, given: Mapping[str, ReceptiveField | None],
) -> dict[str, ReceptiveField]:
    """Compute the fields inside a composite node: `given` are those that reach its inputs."""
    found: dict[str, ReceptiveField] = {}
    shapes = {node_id: signal.shape for node_id, signal in analysis.signals.items()}
    for node_id in analysis.order:
        if node_id not in shapes:
            continue
        block, edges = BLOCKS.get(net.node(node_id).block), net.edges_into(node_id)
        sources = [edge.source for edge in edges]
        fields, in_shapes = [found.get(source) for source in sources], [analysis.along(edge).shape for edge in edges]
        field = None
        if node_id in analysis.inside:
            opened = analysis.inside[node_id]
            inner = _fields(opened.net, opened.analysis, dict(zip(opened.net.inputs, fields, strict=True)))
            found |= {f"{node_id}.{address}": field for address, field in inner.items()}
            field = inner.get(opened.net.outputs[0])
        elif not sources:
            field = given[node_id] if node_id in given else _of_input(node_id, shapes[node_id])
        elif None not in fields:
            params = analysis.params[node_id]
            if any(field.patches for field in fields):
                field = _of_tokens(fields, [block.reach(params, shape) for shape in in_shapes], in_shapes)
            else:
                windows = [block.sees(params, shape) for shape in in_shapes]
                field = _of_maps(fields, windows, in_shapes, shapes[node_id])
        if field is not None:
            found[node_id] = field
    return found


def _of_input(node_id: str, shape: Shape) -> ReceptiveField | None:
    return ReceptiveField((1, 1), (1, 1), (0, 0), False, node_id) if len(shape) == 3 else None


def _of_maps(
    fields: Sequence[ReceptiveField], windows: Sequence[Window | None], in_shapes: Sequence[Shape], out_shape: Shape,
) -> ReceptiveField | None:
    if UNKNOWN in windows:
        return None
    seen = [_through(*each, out_shape) for each in zip(fields, windows, in_shapes, strict=True)]
    return _joined(seen, out_shape, in_shapes)


def _of_tokens(
    fields: Sequence[ReceptiveField], reaches: Sequence[Reach], in_shapes: Sequence[Shape],
) -> ReceptiveField | None:
    """Return the field of a row: that of its token if tokens stay separate, all of it if they are mixed."""
    everything = {_widened(field, in_shape) for field, in_shape in zip(fields, in_shapes, strict=True)}
    if Reach.UNKNOWN in reaches or len({(one.size, one.start, one.image) for one in everything}) > 1:
        return None
    some_whole = any(field.is_whole for field in fields)
    if all(field.is_whole for field in fields) or Reach.ALL in reaches or (some_whole and Reach.SOME not in reaches):
        return next(field for field in everything if field.patches)
    rows = {in_shape[-2:-1] for in_shape in in_shapes}
    return fields[0] if len(set(fields)) == len(rows) == 1 and set(reaches) == {Reach.OWN} else None


def _through(field: ReceptiveField, window: Window | None, in_shape: Shape, out_shape: Shape) -> ReceptiveField:
    """Compute the field after one more layer."""
    if field.is_whole:
        return field
    cut = window is not None and window.as_tokens and len(in_shape) == 3
    if window is None or (len(out_shape) != 3 and not cut):
        return _widened(field, in_shape)
    patches = tuple(side // stride for side, stride in zip(in_shape[1:], window.stride, strict=True)) if cut else None
    axes = list(zip(field.size, field.jump, field.start, window.size, window.stride, window.padding, strict=True))
    return replace(
        field,
        size=tuple(size + (k - 1) * jump for size, jump, _, k, _, _ in axes),
        jump=tuple(_exact(jump * stride) for _, jump, _, _, stride, _ in axes),
        start=tuple(start - padding * jump for _, jump, start, _, _, padding in axes), patches=patches)


def _exact(value: Exact) -> Exact:
    return int(value) if value == int(value) else value


def _widened(field: ReceptiveField, shape: Shape) -> ReceptiveField:
    """Compute what the units of a map, or its tokens, see together."""
    if field.is_whole:
        return field
    size = tuple(size + (count - 1) * jump
                 for size, count, jump in zip(field.size, field.patches or shape[1:], field.jump, strict=True))
    return replace(field, size=size, jump=(0, 0), is_whole=True)


def _joined(fields: Sequence[ReceptiveField], shape: Shape, in_shapes: Sequence[Shape]) -> ReceptiveField | None:
    """Join the fields of several branches: from the first start to the last end."""
    if len(fields) == 1:
        return fields[0]
    side_by_side = len(shape) == 3 and not _each_reaches_all(fields, shape, in_shapes)
    if side_by_side or len({field.image for field in fields}) > 1:
        return None
    if any(field.is_whole for field in fields):
        fields = [_widened(field, shape) for field in fields]
    jump = fields[0].jump
    begin, end = [], []
    for axis in (0, 1):
        last = shape[axis + 1] - 1 if len(shape) == 3 else 0
        # with other strides on the other branches the windows drift apart: the first and the last unit bound them all
        lags = [(field, place * (field.jump[axis] - jump[axis])) for field in fields for place in (0, last)]
        begin.append(min(field.start[axis] + lag for field, lag in lags))
        end.append(max(field.start[axis] + lag + field.size[axis] for field, lag in lags))
    size = tuple(stop - start for start, stop in zip(begin, end, strict=True))
    return replace(fields[0], size=size, start=tuple(begin))


def _each_reaches_all(fields: Sequence[ReceptiveField], shape: Shape, in_shapes: Sequence[Shape]) -> bool:
    """Return whether each branch reaches every unit: as a map of the same size, or as one number per channel."""
    of_its_size = [in_shape[1:] == shape[1:] for in_shape in in_shapes]
    return any(of_its_size) and all(
        same or (field.is_whole and in_shape[1:] in ((), (1, 1)))
        for same, field, in_shape in zip(of_its_size, fields, in_shapes, strict=True))
