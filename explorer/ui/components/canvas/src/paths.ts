// How an edge runs between two cards, and where its label lies.

import type { Point } from "./contract";

export interface Path {
  d: string;
  label: Point;
}

const RADIUS = 10, STUB = 18, LIFT = 10;

// route: points between far columns; bend: the height at which it runs back to the next row.
export function pathOf(from: Point, to: Point, route: Point[] | undefined, bend: number | undefined): Path {
  if (bend !== undefined && to[0] < from[0] + 2 * STUB) return around(from, to, bend);
  if (route) return through([from, ...route, to]);
  if (to[0] >= from[0] + STUB) return through([from, to]);
  const between = Math.abs(to[1] - from[1]) > 120 ? (from[1] + to[1]) / 2 : Math.max(from[1], to[1]) + 100;
  return around(from, to, between);
}

// Level at every point, curved in between.
function through(points: Point[]): Path {
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [x, y] = points[i - 1], [nextX, nextY] = points[i], middle = (x + nextX) / 2;
    d += ` C${middle} ${y} ${middle} ${nextY} ${nextX} ${nextY}`;
  }
  const last = points.length >> 1;
  const [a, b] = points.length % 2 ? [points[last], points[last]] : [points[last - 1], points[last]];
  const level = Math.abs(a[1] - b[1]) < 8;
  return { d, label: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2 - (level ? LIFT : 0)] };
}

// Out to the right, along the height `between`, and in from the left; corners rounded.
function around([fromX, fromY]: Point, [toX, toY]: Point, between: number): Path {
  const corners: Point[] = [
    [fromX, fromY], [fromX + STUB, fromY], [fromX + STUB, between], [toX - STUB, between], [toX - STUB, toY], [toX, toY],
  ];
  let d = `M${corners[0]}`;
  for (let i = 1; i < corners.length - 1; i++) {
    const corner = corners[i];
    d += ` L${towards(corner, corners[i - 1])} Q${corner} ${towards(corner, corners[i + 1])}`;
  }
  return { d: `${d} L${corners[5]}`, label: [(fromX + toX) / 2, between] };
}

function towards([x, y]: Point, [otherX, otherY]: Point): string {
  const distance = Math.hypot(otherX - x, otherY - y) || 1, step = Math.min(RADIUS, distance / 2) / distance;
  return `${x + (otherX - x) * step} ${y + (otherY - y) * step}`;
}
