"""Drawing of a network document as a small SVG, for cards and papers; an invalid one is drawn as far as possible.

A layer is a block as high as its maps are large; one with a few numbers is drawn as circles, its units. The shapes of
input and output are written below, and those in between where there is room.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from explorer.document import Network, Shape
from explorer.figures.network_layout import MORE, Place, find_places, reading_order
from explorer.figures.theme import Theme
from explorer.formatting import format_shape
from explorer.text import text

_THIN = ("activation", "normalization")
_MOST_UNITS = 8  # a vector of more numbers is a bar
_CAPTION_PX, _ROOMY_PX = 12, 52  # a column this wide has room for a shape
_UNWANTED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Box:
    """The place of a block in the drawing; `units` is its number of circles, 0 for a block."""

    x: float
    y: float
    width: float
    height: float
    units: int = 0

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def center(self) -> float:
        return self.x + self.width / 2

    @property
    def rows(self) -> list[float]:
        """Centers of its circles."""
        return [self.y + (unit + 0.5) * self.height / self.units for unit in range(self.units)]


def network_svg(network: Network, theme: Theme, width: int = 320, height: int = 96, *,
                families: Mapping[str, str] | None = None, shapes: Mapping[str, Shape] | None = None) -> str:
    """Draw `network` from left to right, one block per node, colored by its family.

    families: {block name: family}; shapes: {address: shape}, which make a block as high as its maps are large.

    >>> from explorer import zoo
    >>> network_svg(zoo.recipe("mlp").network, Theme()).startswith("<svg")
    True
    """
    families, shapes = families or {}, shapes or {}
    order, parents, left_out = reading_order(network)
    places = find_places(order, parents)
    kinds = {node.id: families.get(node.block, "input") for node in network.nodes}
    floor = height - (theme.px(_CAPTION_PX) + 4 if shapes else 0)
    boxes = _boxes(order, places, kinds, shapes, width, floor)
    lines = [_wires(boxes[source], boxes[target], kinds[target], theme) if boxes[source].units and boxes[target].units
             else _edge(source, target, places, boxes, theme)
             for target in order for source in parents[target] if source in boxes]
    blocks = [_block(node, network, boxes[node], kinds, shapes, theme) for node in order if node != MORE]
    blocks += [_more(boxes[MORE], left_out, theme)] if left_out else []
    blocks += _captions(order, boxes, shapes, width, height, theme)
    label = theme.translate("{name}: a network of {count} blocks").format(
        name=network.name, count=f"{len(network.nodes):,}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label={quoteattr(_clean(label))}>' + "".join(lines + blocks) + "</svg>")


def _boxes(order: list[str], places: Mapping[str, Place], kinds: Mapping[str, str], shapes: Mapping[str, Shape],
           width: int, height: int) -> dict[str, _Box]:
    """Place the blocks, in pixels."""
    if not order:
        return {}
    lanes = [place.lane for place in places.values()]
    columns = max(place.column for place in places.values()) + 1
    pitch = min((width - 16) / columns, 72.0)
    left = (width - pitch * columns) / 2
    lane_pitch = (height - 16) / (max(lanes) - min(lanes) + 1)
    tallest = min(lane_pitch * (0.84 if len(set(lanes)) > 1 else 0.9), 120.0)
    top = height / 2 - lane_pitch * (max(lanes) + min(lanes)) / 2
    unit_pitch = min(20.0, tallest / max(1, *(_units(shape) for shape in shapes.values()), 1))
    boxes = {}
    for node, place in places.items():
        wide = min(pitch, 44.0) * (0.24 if kinds.get(node) in _THIN else _breadth(shapes.get(node)))
        high = tallest * _share(shapes.get(node), kinds.get(node, "input"), shapes)
        if units := _units(shapes.get(node)):
            wide, high = unit_pitch * 0.8, unit_pitch * units
        wide = min(wide, tallest)
        middle = left + pitch * (place.column + 0.5), top + lane_pitch * place.lane
        boxes[node] = _Box(middle[0] - wide / 2, middle[1] - high / 2, wide, high, units)
    return boxes


def _units(shape: Shape | None) -> int:
    """Count the circles for an output of this shape; 0 if there would be too many."""
    return shape[0] if shape and len(shape) == 1 and 0 < shape[0] <= _MOST_UNITS else 0


def _share(shape: Shape | None, kind: str, shapes: Mapping[str, Shape]) -> float:
    """Compute the height of a block, 0.2 to 1: the logarithm of its extent, relative to the largest of its kind."""
    if not shape:
        return {"merge": 0.4, "linear": 0.7, "activation": 0.6, "normalization": 0.7}.get(kind, 1.0)
    largest = max(_extent(other) for other in shapes.values() if other and (len(other) > 1) == (len(shape) > 1))
    return 0.2 + 0.8 * _extent(shape) / max(largest, 1e-9)


def _extent(shape: Shape) -> float:
    return math.log1p(max(float(shape[-1]), 0.0))


def _breadth(shape: Shape | None) -> float:
    """Compute the width of a block as a share of its column: wider for more channels; a vector is a slim bar."""
    if not shape:
        return 0.6
    if len(shape) < 3:
        return 0.36
    return min(0.4 + 0.05 * math.log2(max(float(shape[0]), 1.0)), 0.78)


def _edge(source: str, target: str, places: Mapping[str, Place], boxes: Mapping[str, _Box], theme: Theme) -> str:
    """Draw a thin line, in an arc around the blocks of its own lane."""
    start, end, a, b = boxes[source], boxes[target], places[source], places[target]
    between = [boxes[n] for n, p in places.items() if a.column < p.column < b.column and p.lane == a.lane]
    gap = max(end.x - max([start.right, *(box.right for box in between)]), 2.0)
    if between:
        roof = max(min(box.y for box in [*between, start, end]) - 7, 2.0)
        first = min(box.x for box in between)
        bend = min(gap, first - start.right, 14.0)
        path = (f"M{start.right:.1f} {start.middle:.1f}C{start.right + bend:.1f} {start.middle:.1f} {start.right:.1f} "
                f"{roof:.1f} {start.right + bend + 4:.1f} {roof:.1f}H{end.x - bend - 4:.1f}"
                f"C{end.x:.1f} {roof:.1f} {end.x - bend:.1f} {end.middle:.1f} {end.x:.1f} {end.middle:.1f}")
    else:
        turn = _last_gap(b.column, places, boxes, start.right)
        half = (turn + end.x) / 2
        path = (f"M{start.right:.1f} {start.middle:.1f}H{turn:.1f}C{half:.1f} {start.middle:.1f} {half:.1f} "
                f"{end.middle:.1f} {end.x:.1f} {end.middle:.1f}")
    return f'<path d="{path}" fill="none" stroke="{theme.muted}" stroke-width="1.2" opacity="0.8"/>'


def _last_gap(column: int, places: Mapping[str, Place], boxes: Mapping[str, _Box], start: float) -> float:
    """Find the start of the gap before a column: the right side of the previous column."""
    return max([start, *(boxes[n].right for n, p in places.items() if p.column == column - 1)])


def _wires(start: _Box, end: _Box, kind: str, theme: Theme) -> str:
    """Draw lines between units: all to all into a linear layer, else one to one."""
    pairs = ([(y, z) for y in start.rows for z in end.rows] if kind == "linear" or start.units != end.units
             else zip(start.rows, end.rows, strict=True))
    path = "".join(f"M{start.center:.1f} {y:.1f}L{end.center:.1f} {z:.1f}" for y, z in pairs)
    return f'<path d="{path}" fill="none" stroke="{theme.muted}" stroke-width="1" opacity="0.7"/>'


def _block(node: str, network: Network, box: _Box, kinds: Mapping[str, str], shapes: Mapping[str, Shape],
           theme: Theme) -> str:
    color = theme.family(kinds[node])
    shape = shapes.get(node)
    words = f"{node} · {network.by_id[node].block}" + (f" · {format_shape(shape)}" if shape else "")
    look = f'fill="{theme.pale(color, 0.55)}" stroke="{color}" stroke-width="1.2"'
    if box.units:
        drawn = "".join(f'<circle cx="{box.center:.1f}" cy="{y:.1f}" r="{box.width / 2:.1f}" {look}/>'
                        for y in box.rows)
        return f"<g>{drawn}<title>{escape(_clean(words))}</title></g>"
    return (f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
            f'rx="{min(3.0, box.width / 3):.1f}" {look}><title>{escape(_clean(words))}</title></rect>')


def _captions(order: list[str], boxes: Mapping[str, _Box], shapes: Mapping[str, Shape], width: int, height: int,
              theme: Theme) -> list[str]:
    """Write the shapes of the first and the last block, or of all if none covers another."""
    told = [node for node in order if shapes.get(node)]
    middles = sorted({round(boxes[node].center) for node in told})
    roomy = len(middles) == len(told) and all(b - a >= theme.px(_ROOMY_PX) for a, b in pairwise(middles))
    if not roomy:
        told = told[:1] + told[1:][-1:]
    return [_caption(format_shape(shapes[node]), boxes[node].center, width, height, theme) for node in told]


def _caption(words: str, center: float, width: int, height: int, theme: Theme) -> str:
    """Write words below a block, moved inward if the edge would cut them."""
    half = len(words) * theme.px(_CAPTION_PX) * 0.3
    x = min(max(center, half + 2), width - half - 2)
    return (f'<text x="{x:.1f}" y="{height - 3}" text-anchor="middle" font-family="sans-serif" '
            f'font-size="{theme.px(_CAPTION_PX)}" fill="{theme.muted}">{words}</text>')


def _more(box: _Box, left_out: int, theme: Theme) -> str:
    words = text("… {count} more", count=f"{left_out:,}").render(theme.translate)
    return (f'<text x="{box.x + box.width / 2:.1f}" y="{box.middle - box.height / 2 - 4:.1f}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="{theme.px(12)}" fill="{theme.text}">{escape(_clean(words))}</text>'
            f'<text x="{box.x + box.width / 2:.1f}" y="{box.middle + 4:.1f}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="{theme.px(14)}" fill="{theme.text}">⋯</text>')


def _clean(words: str) -> str:
    """Remove the characters that XML cannot contain, and cut to a readable length."""
    return _UNWANTED.sub("�", words)[:200]
