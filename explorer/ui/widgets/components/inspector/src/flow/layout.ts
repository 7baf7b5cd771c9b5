// Where nodes, edges and bars lie: the network in columns and lanes above, a pair of bars for each node below.

import { edgesOf, type Edge, type Flow, type Level } from "./contract";

export interface Box { x: number; y: number; width: number; height: number }
export interface Point { x: number; y: number }
export interface Wire extends Edge { d: string; label: Point; end: Point }
export interface Bars { x: number; width: number }
export interface Layout {
  width: number;
  boxes: Map<number, Box>;   // by the node's place in the flow
  wires: Wire[];
  bars: Bars[];
  net: { top: number; height: number };
  plot: Box;
}

const PITCH = 66, LEAST_BAR = 22, MARGIN = 14, AXIS = 62, FOOT = 36, LEGEND = 30, LANE = 58, BOX = { width: 62, height: 34 }, GOAL = 56, ARC = 16;

export function lay(flow: Flow, level: Level, width: number, height: number, scale: number): Layout {
  const bar = LEAST_BAR * 2 * scale, columns = level.columns;
  const wide = Math.max(width, columns * PITCH * scale + (AXIS + MARGIN + GOAL) * scale, flow.nodes.length * bar + AXIS * scale);
  const high = Math.min(height * 0.62, (level.lanes * LANE + 2 * ARC) * scale), net = { top: LEGEND * scale, height: Math.max(high, height * 0.3) };
  const boxes = boxesOf(flow, level, wide, net, scale), top = net.top + net.height + 26 * scale;
  const plot = { x: AXIS * scale, y: top, width: wide - (AXIS + MARGIN) * scale, height: height - top - FOOT * scale };
  const pitch = plot.width / Math.max(1, flow.nodes.length), isChain = level.lanes === 1 && boxes.size === flow.nodes.length;
  const below = pitchOf(level, wide, scale), centerOf = (at: number) => boxes.get(at)!.x + boxes.get(at)!.width / 2;
  const bars = flow.nodes.map((_, at) => (isChain ? { x: centerOf(at) - below / 2, width: below } : { x: plot.x + at * pitch, width: pitch }));
  return { width: wide, boxes, wires: wiresOf(flow, boxes, level, wide, net, scale), bars, net, plot };
}

const pitchOf = ({ columns }: Level, width: number, scale: number): number => (width - (AXIS + MARGIN + GOAL) * scale) / Math.max(1, columns);

function boxesOf(flow: Flow, level: Level, width: number, net: { top: number; height: number }, scale: number): Map<number, Box> {
  const pitch = pitchOf(level, width, scale), lane = Math.min(LANE * scale, (net.height - 2 * ARC * scale) / level.lanes);
  const size = { width: Math.min(BOX.width * scale * 1.2, pitch * 0.74), height: Math.min(BOX.height * scale, lane * 0.62) };
  const middle = net.top + net.height / 2 - ((level.lanes - 1) / 2 + level.lowest) * lane, boxes = new Map<number, Box>();
  flow.nodes.forEach((address, at) => {
    const spot = level.nodes.find((node) => node.address === address);
    if (!spot) return;
    const x = AXIS * scale + (spot.column + 0.5) * pitch - size.width / 2, y = middle + spot.lane * lane - size.height / 2;
    boxes.set(at, { x, y, ...size });
  });
  return boxes;
}

// A wire goes straight along the lane of its source, else along that of its target, and bends in the gap between; where boxes
// are in the way in both, it goes around them.
function wiresOf(flow: Flow, boxes: Map<number, Box>, level: Level, width: number, net: { top: number; height: number }, scale: number): Wire[] {
  const spots = new Map(level.nodes.map((node) => [node.address, node])), edges = edgesOf(flow);
  const isFree = (lane: number, from: number, to: number) => !level.nodes.some((node) => node.lane === lane && node.column > from && node.column < to);
  const gap = pitchOf(level, width, scale) - (boxes.values().next().value?.width ?? 0);
  return edges.flatMap((edge) => {
    const from = boxes.get(edge.source), to = edge.target < 0 ? goalBox(from, width, scale) : boxes.get(edge.target);
    if (!from || !to) return [];
    const inputs = edges.filter(({ target }) => target === edge.target).length;
    const spread = edge.target < 0 ? 0 : (edge.port - (inputs - 1) / 2) * Math.min(8 * scale, to.height / Math.max(1, inputs));
    const start = { x: from.x + from.width, y: from.y + from.height / 2 }, end = { x: to.x, y: to.y + to.height / 2 + spread };
    const [a, b] = [spots.get(flow.nodes[edge.source]!)!, spots.get(flow.nodes[edge.target] ?? "")];
    if (!b || isFree(a.lane, a.column, b.column)) return [{ ...edge, ...bent(start, end, Math.max(start.x, end.x - gap), end.x) }];
    if (isFree(b.lane, a.column, b.column)) return [{ ...edge, ...bent(start, end, start.x, Math.min(end.x, start.x + gap)) }];
    return [{ ...edge, ...around(start, end, Math.max(net.top + 4, Math.min(from.y, to.y) - ARC * scale), 12 * scale) }];
  });
}

// A line that changes its lane between two places.
function bent(start: Point, end: Point, from: number, to: number): Pick<Wire, "d" | "label" | "end"> {
  const half = (from + to) / 2;
  const d = `M${start.x} ${start.y}L${from} ${start.y}C${half} ${start.y} ${half} ${end.y} ${to} ${end.y}L${end.x} ${end.y}`;
  return { d, label: { x: half, y: (start.y + end.y) / 2 }, end };
}

function around(start: Point, end: Point, roof: number, bend: number): Pick<Wire, "d" | "label" | "end"> {
  const d = `M${start.x} ${start.y}C${start.x + bend} ${start.y} ${start.x} ${roof} ${start.x + 2 * bend} ${roof}L${end.x - 2 * bend} ${roof}C${end.x} ${roof} ${end.x - bend} ${end.y} ${end.x} ${end.y}`;
  return { d, label: { x: (start.x + end.x) / 2, y: roof }, end };
}

const goalBox = (from: Box | undefined, width: number, scale: number): Box | undefined =>
  from && { x: width - (GOAL - 8) * scale, y: from.y, width: 0, height: from.height };

export type Hit = { kind: "node"; at: number } | { kind: "wire"; wire: Wire };

const NEAR = 9;

export function hitAt(layout: Layout, x: number, y: number): Hit | null {
  for (const [at, box] of layout.boxes) {
    if (x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height) return { kind: "node", at };
  }
  const { plot } = layout, bar = y > plot.y - 6 ? layout.bars.findIndex((one) => x >= one.x && x < one.x + one.width) : -1;
  if (bar >= 0) return { kind: "node", at: bar };
  const near = layout.wires.map((wire) => ({ wire, far: Math.hypot(x - wire.label.x, y - wire.label.y) })).sort((a, b) => a.far - b.far)[0];
  return near && onWire(near.wire, x, y) ? { kind: "wire", wire: near.wire } : firstOn(layout, x, y);
}

function firstOn({ wires }: Layout, x: number, y: number): Hit | null {
  const wire = wires.find((one) => onWire(one, x, y));
  return wire ? { kind: "wire", wire } : null;
}

let pen: CanvasRenderingContext2D | null = null;

function onWire({ d }: Wire, x: number, y: number): boolean {
  pen ??= document.createElement("canvas").getContext("2d")!;
  pen.lineWidth = 2 * NEAR;
  return pen.isPointInStroke(new Path2D(d), x, y);
}
