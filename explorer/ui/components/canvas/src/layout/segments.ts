// A graph cut wherever a single edge leads from one column to the next. Each part is laid out by itself: a lone node
// needs no layout, branches go through dagre, and what is too large for dagre is stacked column by column.

import * as dagre from "@dagrejs/dagre";
import type { Point } from "../contract";
import { CARD_WIDTH } from "../card_size";
import { group, rankNodes } from "./ranks";

export const GAP_X = 60, GAP_Y = 28;
const DAGRE_NODES = 300, DAGRE_EDGES = 900;

export interface Box {
  id: string;
  height: number;
}

// `fromY` and `toY`: where the edge leaves and enters, from the tops of its nodes.
export interface Wire {
  id: string;
  source: string;
  target: string;
  fromY: number;
  toY: number;
}

// Places from the upper left corner; `routes` are the points an edge passes between far columns. `entryY` and `exitY`
// is where the edges from the segment before and to the next one meet it.
export interface Segment {
  width: number;
  height: number;
  places: Map<string, Point>;
  routes: Map<string, Point[]>;
  entryY: number;
  exitY: number;
  exit: Wire | null;
}

export function cutIntoSegments(boxes: Box[], wires: Wire[]): Segment[] {
  const rank = rankNodes(boxes.map((box) => box.id), wires);
  const columns = Math.max(...rank.values()) + 1;
  const opening = new Array<number>(columns + 1).fill(0);
  for (const { source, target } of wires) {
    const [low, high] = [rank.get(source)!, rank.get(target)!].sort((a, b) => a - b);
    opening[low]++;
    opening[high]--;
  }
  const segmentOf: number[] = [];
  let crossing = 0, segment = 0;
  for (let column = 0; column < columns; column++) {
    segmentOf.push(segment);
    crossing += opening[column];
    if (crossing <= 1) segment++;
  }
  const place = (id: string) => segmentOf[rank.get(id)!];
  const boxesOf = group(boxes, (box) => String(place(box.id)));
  const wiresOf = group(wires, (wire) => String(place(wire.source)));
  let entry: Wire | null = null;
  return [...boxesOf.keys()].sort((a, b) => Number(a) - Number(b)).map((key) => {
    const own = (wiresOf.get(key) ?? []).filter((wire) => String(place(wire.target)) === key);
    const exit = (wiresOf.get(key) ?? []).find((wire) => place(wire.target) > Number(key)) ?? null;
    const made = layOutSegment(boxesOf.get(key)!, own, rank, entry, exit);
    entry = exit;
    return made;
  });
}

function layOutSegment(
  boxes: Box[], wires: Wire[], rank: Map<string, number>, entry: Wire | null, exit: Wire | null,
): Segment {
  const small = boxes.length <= DAGRE_NODES && wires.length <= DAGRE_EDGES;
  const { places, routes } = boxes.length === 1 ? { places: new Map([[boxes[0].id, [0, 0] as Point]]), routes: new Map() }
    : small ? layOutByDagre(boxes, wires) : layOutByColumns(boxes, wires, rank);
  const right = Math.max(...[...places.values()].map(([x]) => x + CARD_WIDTH));
  const bottom = Math.max(...boxes.map((box) => places.get(box.id)![1] + box.height));
  return {
    width: right, height: bottom, places, routes, exit,
    entryY: entry ? places.get(entry.target)![1] + entry.toY : bottom / 2,
    exitY: exit ? places.get(exit.source)![1] + exit.fromY : bottom / 2,
  };
}

interface Places {
  places: Map<string, Point>;
  routes: Map<string, Point[]>;
}

function layOutByDagre(boxes: Box[], wires: Wire[]): Places {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: GAP_Y, ranksep: GAP_X, edgesep: GAP_Y });
  for (const box of boxes) graph.setNode(box.id, { width: CARD_WIDTH, height: box.height });
  for (const wire of wires) graph.setEdge(wire.source, wire.target, {}, wire.id);
  dagre.layout(graph);
  const places = new Map<string, Point>();
  for (const box of boxes) {
    const { x, y } = graph.node(box.id);
    places.set(box.id, [x - CARD_WIDTH / 2, y - box.height / 2]);
  }
  const routes = new Map<string, Point[]>();
  for (const wire of wires) {
    const points: { x: number; y: number }[] = graph.edge(wire.source, wire.target, wire.id).points;
    // the first and last lie on the cards; between neighboring columns there is one more, half way
    if (points.length > 3) routes.set(wire.id, points.slice(1, -1).map(({ x, y }) => [x, y]));
  }
  return fromCorner({ places, routes });
}

// Columns by rank, each ordered twice by where its sources lie, stacked about one middle line.
function layOutByColumns(boxes: Box[], wires: Wire[], rank: Map<string, number>): Places {
  const columns = [...group(boxes, (box) => String(rank.get(box.id)).padStart(8, "0")).entries()].sort();
  const sources = group(wires, (wire) => wire.target);
  const row = new Map<string, number>();
  columns.forEach(([, members]) => members.forEach((box, i) => row.set(box.id, i)));
  for (const [, members] of columns) {
    const mean = new Map(members.map((box) => {
      const rows = (sources.get(box.id) ?? []).map((wire) => row.get(wire.source)!);
      return [box.id, rows.length ? rows.reduce((a, b) => a + b) / rows.length : row.get(box.id)!];
    }));
    members.sort((a, b) => mean.get(a.id)! - mean.get(b.id)!).forEach((box, i) => row.set(box.id, i));
  }
  const places = new Map<string, Point>();
  columns.forEach(([, members], column) => {
    let y = -members.reduce((sum, box) => sum + box.height + GAP_Y, -GAP_Y) / 2;
    for (const box of members) {
      places.set(box.id, [column * (CARD_WIDTH + GAP_X), y]);
      y += box.height + GAP_Y;
    }
  });
  return fromCorner({ places, routes: new Map() });
}

function fromCorner({ places, routes }: Places): Places {
  let left = Infinity, top = Infinity;
  for (const [x, y] of [...places.values(), ...[...routes.values()].flat()]) {
    left = Math.min(left, x);
    top = Math.min(top, y);
  }
  const shift = ([x, y]: Point): Point => [x - left, y - top];
  return {
    places: new Map([...places].map(([id, at]) => [id, shift(at)])),
    routes: new Map([...routes].map(([id, points]) => [id, points.map(shift)])),
  };
}
