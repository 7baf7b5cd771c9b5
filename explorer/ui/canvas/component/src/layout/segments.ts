// A graph cut wherever all that goes on to the next columns comes from one node. Each part is laid out by itself: a
// lone node needs no layout, branches go through dagre, and what is too large for dagre is stacked column by column.

import type { Point } from "../contract";
import { layOutByColumns, layOutByDagre, type Places } from "./columns";
import { group, rankNodes } from "./ranks";

const DAGRE_NODES = 120, DAGRE_SPAN = 400;  // the span is how many columns all edges cross together
const REMEMBERED = 300;
const ENTRY = "\0entry";  // stands for the node before where several edges come from it

export interface Box {
  id: string;
  width: number;
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

// Places from the upper left corner of the cards; `routes` are the points an edge passes between far columns. `exits`
// are the edges to the next segment, which leave at `exitY`; those from the segment before enter at `entryY`.
export interface Segment {
  width: number;
  height: number;
  places: Map<string, Point>;
  routes: Map<string, Point[]>;
  entryY: number;
  exitY: number;
  exits: Wire[];
}

export function cutIntoSegments(boxes: Box[], wires: Wire[], gap: number): Segment[] {
  const rank = rankNodes(boxes.map((box) => box.id), wires);
  const segmentOf = findCuts(wires, rank);
  const place = (id: string) => segmentOf[rank.get(id)!];
  const boxesOf = group(boxes, (box) => String(place(box.id)));
  const wiresOf = group(wires, (wire) => String(place(wire.source)));
  let entries: Wire[] = [];
  return [...boxesOf.keys()].sort((a, b) => Number(a) - Number(b)).map((key) => {
    const leaving = wiresOf.get(key) ?? [];
    const own = leaving.filter((wire) => String(place(wire.target)) === key);
    const exits = leaving.filter((wire) => place(wire.target) > Number(key));
    const made = layOutSegment(boxesOf.get(key)!, own, rank, entries, exits, gap);
    entries = exits;
    return made;
  });
}

// The segment of each column. An edge backwards, of a circle, counts as one forwards.
function findCuts(wires: Wire[], rank: Map<string, number>): number[] {
  const reach = new Map<string, number>();
  for (const { source, target } of wires) {
    const [low, high] = rank.get(source)! <= rank.get(target)! ? [source, target] : [target, source];
    reach.set(low, Math.max(reach.get(low) ?? 0, rank.get(high)!));
  }
  const columns = Math.max(...rank.values()) + 1;
  const opening = new Array<number>(columns + 1).fill(0);
  for (const [id, end] of reach) {
    opening[rank.get(id)!]++;
    opening[end]--;
  }
  const segmentOf: number[] = [];
  let crossing = 0, segment = 0;
  for (let column = 0; column < columns; column++) {
    segmentOf.push(segment);
    crossing += opening[column];
    if (crossing <= 1) segment++;
  }
  return segmentOf;
}

function layOutSegment(
  boxes: Box[], wires: Wire[], rank: Map<string, number>, entries: Wire[], exits: Wire[], gap: number,
): Segment {
  const fans = entries.length > 1;
  const from = fans ? entries.map((wire) => ({ ...wire, source: ENTRY, fromY: 0 })) : [];
  const all = fans ? [{ id: ENTRY, width: 0, height: 0 }, ...boxes] : boxes;
  const ranks = fans ? new Map([...rank, [ENTRY, Math.min(...boxes.map((box) => rank.get(box.id)!)) - 1]]) : rank;
  const { places, routes } = fromCorner(boxes, arrange(all, [...from, ...wires], ranks, gap));
  const entry = places.get(ENTRY);
  places.delete(ENTRY);
  const right = Math.max(...boxes.map((box) => places.get(box.id)![0] + box.width));
  const bottom = Math.max(...boxes.map((box) => places.get(box.id)![1] + box.height));
  const [first] = entries, [last] = exits;
  return {
    width: right, height: bottom, places, routes, exits,
    entryY: entry ? entry[1] : first ? places.get(first.target)![1] + first.toY : bottom / 2,
    exitY: last ? places.get(last.source)![1] + last.fromY : bottom / 2,
  };
}

function arrange(boxes: Box[], wires: Wire[], rank: Map<string, number>, gap: number): Places {
  if (boxes.length === 1) return { places: new Map([[boxes[0].id, [0, 0]]]), routes: new Map() };
  const key = `${gap};${shapeOf(boxes, wires)}`;
  const known = remembered.get(key) ?? arrangeAnew(boxes, wires, rank, gap);
  remembered.delete(key);
  remembered.set(key, known);
  if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value!);
  return {
    places: new Map(boxes.map((box, i) => [box.id, known.places[i]])),
    routes: new Map(wires.flatMap((wire, i) => (known.routes[i] ? [[wire.id, known.routes[i]]] : []))),
  };
}

// Networks repeat their blocks, and an edit leaves most of them as they are: each form is laid out once. What is
// remembered is in the order of its boxes and wires; the key says the form, without names.
interface Form {
  places: Point[];
  routes: (Point[] | undefined)[];
}

const remembered = new Map<string, Form>();

function shapeOf(boxes: Box[], wires: Wire[]): string {
  const place = new Map(boxes.map((box, i) => [box.id, i]));
  const ends = wires.map((wire) => `${place.get(wire.source)}>${place.get(wire.target)} ${wire.fromY} ${wire.toY}`);
  return `${boxes.map((box) => `${box.width}x${box.height}`)};${ends}`;
}

function arrangeAnew(boxes: Box[], wires: Wire[], rank: Map<string, number>, gap: number): Form {
  const span = wires.reduce((sum, wire) => sum + Math.abs(rank.get(wire.target)! - rank.get(wire.source)!), 0);
  const small = boxes.length <= DAGRE_NODES && span <= DAGRE_SPAN;
  const made = small ? layOutByDagre(boxes, wires, gap) : layOutByColumns(boxes, wires, rank, gap);
  const other = mirrored(boxes, made);
  const { places, routes } = inversions(wires, made) > inversions(wires, other) ? other : made;
  return { places: boxes.map((box) => places.get(box.id)!), routes: wires.map((wire) => routes.get(wire.id)) };
}

// Edges into one node that arrive the other way round than its ports lie.
function inversions(wires: Wire[], { places, routes }: Places): number {
  let count = 0;
  const arrival = (wire: Wire) => (routes.get(wire.id)?.at(-1) ?? places.get(wire.source)!)[1];
  for (const into of group(wires, (wire) => wire.target).values()) {
    for (const a of into) {
      for (const b of into) {
        if (a.toY < b.toY && arrival(a) > arrival(b)) count++;
      }
    }
  }
  return count;
}

function mirrored(boxes: Box[], { places, routes }: Places): Places {
  return {
    places: new Map(boxes.map((box) => {
      const [x, y] = places.get(box.id)!;
      return [box.id, [x, -y - box.height]];
    })),
    routes: new Map([...routes].map(([id, points]) => [id, points.map(([x, y]): Point => [x, -y])])),
  };
}

// Shifted so that the first card begins at zero to the left, and the highest card or edge at zero above.
function fromCorner(cards: Box[], { places, routes }: Places): Places {
  const left = Math.min(...cards.map((box) => places.get(box.id)![0]));
  let top = Infinity;
  for (const [, y] of [...cards.map((box) => places.get(box.id)!), ...[...routes.values()].flat()]) top = Math.min(top, y);
  const shift = ([x, y]: Point): Point => [x - left, y - top];
  return {
    places: new Map([...places].map(([id, at]) => [id, shift(at)])),
    routes: new Map([...routes].map(([id, points]) => [id, points.map(shift)])),
  };
}
