"""A small drawing of a network document as SVG: for cards and papers. Draws what it can of a broken one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from explorer.document import Network, Shape
from explorer.figures.theme import Theme
from explorer.text import shape_text, text

MAX_DRAWN, HEAD, TAIL = 100, 6, 4
MORE = ""  # the id of the stand-in for what is left out: no node can have it
_THIN = ("activation", "normalization")
_UNWANTED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Place:
    """Where a node stands: column and lane (0 is the middle one)."""

    column: int
    lane: int


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def network_svg(network: Network, theme: Theme, width: int = 320, height: int = 96, *,
                families: Mapping[str, str] | None = None, shapes: Mapping[str, Shape] | None = None) -> str:
    """`network` left to right, a block a node, colored by its family.

    families: {block name: family}; shapes: {address: shape}, which make a block as high as its maps are large.
    """
    families, shapes = families or {}, shapes or {}
    order, parents, left_out = _reading_order(network)
    places = _places(order, parents)
    kinds = {node.id: families.get(node.block, "input") for node in network.nodes}
    boxes = _boxes(order, places, kinds, shapes, width, height)
    lines = [_edge(source, target, places, boxes, theme)
             for target in order for source in parents[target] if source in boxes]
    blocks = [_block(node, network, boxes[node], kinds, shapes, theme) for node in order if node != MORE]
    blocks += [_more(boxes[MORE], left_out, theme)] if left_out else []
    label = theme.translate("{name}: a network of {count} blocks").format(
        name=network.name, count=f"{len(network.nodes):,}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label={quoteattr(_clean(label))}>' + "".join(lines + blocks) + "</svg>")


def _reading_order(network: Network) -> tuple[list[str], dict[str, list[str]], int]:
    """Nodes so that each follows its parents where that is possible, those parents, and how many were left out."""
    known = network.by_id
    parents = {node: list(dict.fromkeys(e.source for e in network.edges_into(node) if e.source in known))
               for node in known}
    order = _topological(parents)
    if len(order) > MAX_DRAWN:
        left_out = len(order) - HEAD - TAIL
        head, tail = order[:HEAD], order[-TAIL:]
        kept = {**{node: parents[node] for node in head}, MORE: head[-1:],
                **{node: [p for p in parents[node] if p in tail] or [MORE] for node in tail}}
        return [*head, MORE, *tail], _forward([*head, MORE, *tail], kept), left_out
    return order, _forward(order, parents), 0


def _topological(parents: Mapping[str, list[str]]) -> list[str]:
    """Every node once, parents first; a cycle is opened at its first node of the document."""
    children: dict[str, list[str]] = {node: [] for node in parents}
    for node, above in parents.items():
        for parent in above:
            children[parent].append(node)
    waiting = {node: len(above) for node, above in parents.items()}
    ready, order, rest = [n for n, count in waiting.items() if count == 0], {}, iter(parents)
    while len(order) < len(parents):
        node = ready.pop(0) if ready else next(n for n in rest if n not in order)
        if node in order:
            continue
        order[node] = True
        for child in children[node]:
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    return list(order)


def _forward(order: list[str], parents: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Only the edges that go forward in this order."""
    at = {node: i for i, node in enumerate(order)}
    return {node: [p for p in parents[node] if p in at and at[p] < at[node]] for node in order}


def _places(order: list[str], parents: Mapping[str, list[str]]) -> dict[str, _Place]:
    """A column for each step of the longest path; a branch keeps the lane of the node before it where it is free."""
    places: dict[str, _Place] = {}
    taken: set[tuple[int, int]] = set()
    for node in order:
        above = [places[p] for p in parents[node]]
        column = max((p.column for p in above), default=-1) + 1
        wanted = round(sum(p.lane for p in above) / len(above)) if above else 0
        lane = next(lane for lane in _lanes_from(wanted) if (column, lane) not in taken)
        taken.add((column, lane))
        places[node] = _Place(column, lane)
    return places


def _lanes_from(wanted: int) -> Iterator[int]:
    """`wanted`, then its neighbors, ever farther away."""
    yield wanted
    for distance in range(1, 10_000):
        yield wanted + distance
        yield wanted - distance


def _boxes(order: list[str], places: Mapping[str, _Place], kinds: Mapping[str, str], shapes: Mapping[str, Shape],
           width: int, height: int) -> dict[str, _Box]:
    """Where each block is drawn, in pixels."""
    if not order:
        return {}
    lanes = [place.lane for place in places.values()]
    columns = max(place.column for place in places.values()) + 1
    pitch = min((width - 16) / columns, 44.0)
    left = (width - pitch * columns) / 2
    lane_pitch = (height - 16) / (max(lanes) - min(lanes) + 1)
    tallest = min(lane_pitch * (0.84 if len(set(lanes)) > 1 else 0.66), 120.0)
    top = height / 2 - lane_pitch * (max(lanes) + min(lanes)) / 2
    boxes = {}
    for node, place in places.items():
        wide = pitch * (0.24 if kinds.get(node) in _THIN else _breadth(shapes.get(node)))
        wide = min(wide, tallest)
        high = tallest * _share(shapes.get(node), kinds.get(node, "input"), shapes)
        middle = left + pitch * (place.column + 0.5), top + lane_pitch * place.lane
        boxes[node] = _Box(middle[0] - wide / 2, middle[1] - high / 2, wide, high)
    return boxes


def _share(shape: Shape | None, kind: str, shapes: Mapping[str, Shape]) -> float:
    """How high a block is, 0.2 to 1: by the logarithm of its extent against the largest of its kind of shape."""
    if not shape:
        return {"merge": 0.4, "linear": 0.7, "activation": 0.6, "normalization": 0.7}.get(kind, 1.0)
    largest = max(_extent(other) for other in shapes.values() if other and (len(other) > 1) == (len(shape) > 1))
    return 0.2 + 0.8 * _extent(shape) / max(largest, 1e-9)


def _extent(shape: Shape) -> float:
    return math.log1p(max(float(shape[-1]), 0.0))


def _breadth(shape: Shape | None) -> float:
    """How wide a block is, as a share of its column: more channels, wider; a vector is a slim bar."""
    if not shape:
        return 0.6
    if len(shape) < 3:
        return 0.36
    return min(0.4 + 0.05 * math.log2(max(float(shape[0]), 1.0)), 0.78)


def _edge(source: str, target: str, places: Mapping[str, _Place], boxes: Mapping[str, _Box], theme: Theme) -> str:
    """A thin line; one that would run behind other blocks of its lane goes around them in an arc."""
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


def _last_gap(column: int, places: Mapping[str, _Place], boxes: Mapping[str, _Box], start: float) -> float:
    """Where the gap before a column begins: the right side of what stands in the column before it."""
    return max([start, *(boxes[n].right for n, p in places.items() if p.column == column - 1)])


def _block(node: str, network: Network, box: _Box, kinds: Mapping[str, str], shapes: Mapping[str, Shape],
           theme: Theme) -> str:
    color = theme.family(kinds[node])
    shape = shapes.get(node)
    words = f"{node} · {network.by_id[node].block}" + (f" · {shape_text(shape)}" if shape else "")
    return (f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
            f'rx="{min(3.0, box.width / 3):.1f}" fill="{theme.pale(color, 0.55)}" stroke="{color}" stroke-width="1.2">'
            f"<title>{escape(_clean(words))}</title></rect>")


def _more(box: _Box, left_out: int, theme: Theme) -> str:
    words = text("… {count} more", count=f"{left_out:,}").render(theme.translate)
    return (f'<text x="{box.x + box.width / 2:.1f}" y="{box.middle - box.height / 2 - 4:.1f}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="{theme.px(12)}" fill="{theme.text}">{escape(_clean(words))}</text>'
            f'<text x="{box.x + box.width / 2:.1f}" y="{box.middle + 4:.1f}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="{theme.px(14)}" fill="{theme.text}">⋯</text>')


def _clean(words: str) -> str:
    """Without the characters that XML cannot hold, and cut to a readable length."""
    return _UNWANTED.sub("�", words)[:200]
