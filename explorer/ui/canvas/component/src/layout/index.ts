// Where every node goes when nobody has placed one: left to right, folded into rows like lines of text.

import { cardHeight, CARD_WIDTH, isCard, outputY, portY, type Size, sizeOf } from "../card_size";
import type { Point } from "../contract";
import { edgeId, type Graph, highestPorts, portCount } from "../graph";
import { fold, type Row, ROW_GAP } from "./fold";
import { routesAround } from "./lanes";
import { components, group } from "./ranks";
import { GAP_X } from "./columns";
import { type Box, cutIntoSegments, type Wire } from "./segments";

const STUB = 18, FAN = 36;  // how far left of the first card an edge comes down, and several from one node

// An edge that runs back to the start of the next row: at which height, and to which point. From there on it goes its
// route, as if it had begun there.
export interface Fold {
  y: number;
  to: Point;
}

export interface Layout {
  places: Map<string, Point>;
  routes: Map<string, Point[]>;
  folds: Map<string, Fold>;
}

export interface Room {
  width: number;
  height: number;
}

// What a layout leaves free: between columns for the labels of edges, below a card for the words of its problem. `least`
// is the smallest zoom at which all of it has to be shown at once; `worth` times as large it must get for another row.
export interface Spacing {
  gap: number;
  least: number;
  worth: number;
  wordsBelow: (id: string) => number;
}

export function layOut(graph: Graph, preview: boolean, room: Room, spacing: Spacing): Layout {
  const { gap, wordsBelow } = spacing;
  const { sizes, wires } = measure(graph, preview);
  const parts = components(graph.nodes.map((node) => node.id), wires);
  const linked = parts.filter((part) => part.length > 1);
  const loose = parts.filter((part) => part.length === 1).flat();
  const partOf = new Map(linked.flatMap((part, i) => part.map((id) => [id, String(i)] as const)));
  const wiresOf = group(wires, (wire) => partOf.get(wire.source)!);
  const layout: Layout = { places: new Map(), routes: new Map(), folds: new Map() };
  let top = 0;
  linked.forEach((part, i) => {
    const boxes: Box[] = part.map((id) => ({ id, width: sizes.get(id)!.width, height: sizes.get(id)!.height + wordsBelow(id) }));
    const pitch = Math.min(...boxes.map((box) => box.width)) + gap;
    const rows = fold(cutIntoSegments(boxes, wiresOf.get(String(i))!, gap), room, spacing, pitch);
    top = placeRows(rows, top, gap, layout) + 2 * ROW_GAP;
  });
  placeLoose(loose, sizes, top, room, layout);
  return layout;
}

function measure(graph: Graph, preview: boolean): { sizes: Map<string, Size>; wires: Wire[] } {
  const highest = highestPorts(graph.edges);
  const kindOf = new Map(graph.nodes.map((node) => [node.id, node.kind]));
  const sizes = new Map(graph.nodes.map((node) => [node.id, sizeOf(node, highest.get(node.id) ?? -1, preview)]));
  const wires = graph.edges.map((edge) => ({
    id: edgeId(edge), source: edge.source, target: edge.target,
    fromY: outputY(sizes.get(edge.source)!.height, edge.source_port, kindOf.get(edge.source)!),
    toY: portY(sizes.get(edge.target)!.height, edge.port,
               portCount(kindOf.get(edge.target)!, highest.get(edge.target) ?? -1)),
  }));
  return { sizes, wires };
}

function placeRows(rows: Row[], top: number, gap: number, layout: Layout): number {
  rows.forEach((row, r) => {
    let left = 0;
    row.segments.forEach((segment, i) => {
      const shift = ([x, y]: Point): Point => [Math.round(left + x), Math.round(top + row.top + row.tops[i] + y)];
      for (const [id, at] of segment.places) layout.places.set(id, shift(at));
      for (const [id, points] of segment.routes) layout.routes.set(id, points.map(shift));
      left += segment.width + gap;
    });
    const next = rows[r + 1];
    if (!next) return;
    const { exits } = row.segments[row.segments.length - 1];
    const to: Point = [exits.length > 1 ? -FAN : -STUB, Math.round(top + next.top + next.tops[0] + next.segments[0].entryY)];
    const y = top + row.top + row.height + ROW_GAP / 2;
    for (const wire of exits) layout.folds.set(wire.id, { y, to });
  });
  const last = rows[rows.length - 1];
  return top + last.top + last.height;
}

// Nodes without an edge, in lines below the rest.
function placeLoose(ids: string[], sizes: Map<string, Size>, top: number, room: Room, layout: Layout): void {
  const pitch = Math.max(...ids.map((id) => sizes.get(id)!.width), 0) + GAP_X;
  const columns = Math.max(1, Math.floor((room.width + GAP_X) / pitch));
  let height = 0;
  ids.forEach((id, i) => {
    if (i && i % columns === 0) [top, height] = [top + height + ROW_GAP, 0];
    layout.places.set(id, [(i % columns) * pitch, top]);
    height = Math.max(height, sizes.get(id)!.height);
  });
}

// Where a person has placed the nodes there is only the way of the edges to choose.
export function routeEdges(graph: Graph, preview: boolean): Layout {
  const { sizes, wires } = measure(graph, preview);
  const places = new Map(graph.nodes.map((node) => [node.id, node.at!]));
  if (!graph.nodes.every((node) => isCard(node.kind))) return { places, routes: new Map(), folds: new Map() };
  const cards = graph.nodes.map((node) => ({ at: node.at!, height: sizes.get(node.id)!.height }));
  const spans = wires.map(({ id, source, target, fromY, toY }) => {
    const [left, above] = places.get(source)!, [right, below] = places.get(target)!;
    return { id, from: [left + CARD_WIDTH, above + fromY] as Point, to: [right, below + toY] as Point };
  });
  return { places, routes: routesAround(cards, spans), folds: new Map() };
}

// A place for each node without one, among nodes that lie where the person put them: right of its source, or below.
export function placeMissing(graph: Graph, preview: boolean): Graph {
  if (graph.nodes.every((node) => node.at)) return graph;
  const highest = highestPorts(graph.edges);
  const height = (id: string) => cardHeight(byId.get(id)!.kind, highest.get(id) ?? -1, preview);
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const at = new Map(graph.nodes.flatMap((node) => (node.at ? [[node.id, node.at] as const] : [])));
  const isFree = ([x, y]: Point, own: number) => [...at].every(([id, [ox, oy]]) =>
    x + CARD_WIDTH + 10 <= ox || ox + CARD_WIDTH + 10 <= x || y + own + 10 <= oy || oy + height(id) + 10 <= y);
  for (const node of graph.nodes) {
    if (at.has(node.id)) continue;
    const source = graph.edges.find((edge) => edge.target === node.id && at.has(edge.source))?.source;
    const start: Point = source ? [at.get(source)![0] + CARD_WIDTH + GAP_X, at.get(source)![1]] : [0, 0];
    const free: Point = [...start];
    while (!isFree(free, height(node.id))) free[1] += height(node.id) / 2 + ROW_GAP / 2;
    at.set(node.id, [Math.round(free[0]), Math.round(free[1])]);
  }
  return { ...graph, nodes: graph.nodes.map((node) => (node.at ? node : { ...node, at: at.get(node.id)! })) };
}
