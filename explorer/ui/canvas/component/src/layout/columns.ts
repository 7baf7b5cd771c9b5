// Two ways to put a part of a graph into columns: dagre's, and a cheap one for what dagre would take seconds for.

import * as dagre from "@dagrejs/dagre";
import type { Point } from "../contract";
import { laneRoutes } from "./lanes";
import { group } from "./ranks";
import type { Box, Wire } from "./segments";

export const GAP_X = 60, GAP_Y = 28;  // at least: labels on edges may ask for more

export interface Places {
  places: Map<string, Point>;
  routes: Map<string, Point[]>;
}

export function layOutByDagre(boxes: Box[], wires: Wire[], gap: number): Places {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: GAP_Y, ranksep: gap, edgesep: GAP_Y });
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const wire of wires) graph.setEdge(wire.source, wire.target, {}, wire.id);
  dagre.layout(graph);
  const places = new Map<string, Point>();
  for (const { id, width, height } of boxes) {
    const { x, y } = graph.node(id);
    places.set(id, [x - width / 2, y - height / 2]);
  }
  const routes = new Map<string, Point[]>();
  for (const wire of wires) {
    const points: { x: number; y: number }[] = graph.edge(wire.source, wire.target, wire.id).points;
    // the first and last lie on the cards; between neighboring columns there is one more, half way
    if (points.length > 3) routes.set(wire.id, points.slice(1, -1).map(({ x, y }) => [x, y]));
  }
  return { places, routes };
}

// Columns by rank, each ordered by where its sources lie, stacked about one middle line.
export function layOutByColumns(boxes: Box[], wires: Wire[], rank: Map<string, number>, gap: number): Places {
  const columns = [...group(boxes, (box) => String(rank.get(box.id)).padStart(8, "0")).entries()].sort();
  const sources = group(wires, (wire) => wire.target);
  const row = new Map<string, number>();
  for (const [, members] of columns) {
    const mean = new Map(members.map((box, i) => {
      const rows = (sources.get(box.id) ?? []).flatMap((wire) => row.get(wire.source) ?? []);
      return [box.id, rows.length ? rows.reduce((a, b) => a + b) / rows.length : i];
    }));
    members.sort((a, b) => mean.get(a.id)! - mean.get(b.id)!).forEach((box, i) => row.set(box.id, i));
  }
  const places = new Map<string, Point>();
  let left = 0;
  for (const [, members] of columns) {
    let y = -members.reduce((sum, box) => sum + box.height + GAP_Y, -GAP_Y) / 2;
    for (const box of members) {
      places.set(box.id, [left, y]);
      y += box.height + GAP_Y;
    }
    left += Math.max(...members.map((box) => box.width)) + gap;
  }
  const long = wires.filter((wire) => rank.get(wire.target)! - rank.get(wire.source)! > 1);
  const top = Math.min(...[...places.values()].map(([, y]) => y));
  const widths = new Map(boxes.map((box) => [box.id, box.width]));
  const spans = long.map(({ id, source, target, fromY, toY }) => {
    const [left, above] = places.get(source)!, [right, below] = places.get(target)!;
    return { id, from: [left + widths.get(source)!, above + fromY] as Point, to: [right, below + toY] as Point };
  });
  return { places, routes: laneRoutes(spans, top) };
}
