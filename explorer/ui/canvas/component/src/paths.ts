// How an edge runs between two cards, and where its label lies.

import type { Point } from "./contract";
import type { Fold } from "./layout";

export interface Path {
  d: string;
  label: Point;
}

const RADIUS = 10, STUB = 18, LIFT = 10, SHORT = 110;

// route: points between far columns; fold: it runs back to the next row first.
export function pathOf(from: Point, to: Point, route: Point[] | undefined, fold: Fold | undefined): Path {
  if (fold) {
    const back = around(from, fold.to, fold.y);
    const rest = (route ?? []).map(([x, y]): Point => [Math.max(x, fold.to[0] + 3 * RADIUS), y]);
    return { d: `${back.d} ${through([[fold.to[0] + RADIUS, fold.to[1]], ...rest, to]).d.replace(/^M/, "L")}`, label: back.label };
  }
  if (route) return through([from, ...route, to]);
  if (to[0] >= from[0] + STUB) return through([from, to]);
  const between = Math.abs(to[1] - from[1]) > 120 ? (from[1] + to[1]) / 2 : Math.max(from[1], to[1]) + 100;
  const beside: Point = [to[0] - STUB, to[1]];
  const back = around(from, beside, between);
  return { d: `${back.d} L${to}`, label: back.label };
}

// Level at every point, curved in between.
function through(points: Point[]): Path {
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [x, y] = points[i - 1], [nextX, nextY] = points[i], middle = (x + nextX) / 2;
    d += ` C${middle} ${y} ${middle} ${nextY} ${nextX} ${nextY}`;
  }
  const half = points.length >> 1;
  const [a, b] = points.length % 2 ? [points[half], points[half]] : [points[half - 1], points[half]];
  const rise = Math.abs(a[1] - b[1]), short = Math.abs(a[0] - b[0]) < SHORT;
  // above the line where it would hide most of it
  const label: Point = [(a[0] + b[0]) / 2, rise < (short ? 40 : 8) ? Math.min(a[1], b[1]) - LIFT : (a[1] + b[1]) / 2];
  return { d, label };
}

// Out to the right, back along the height `between`, and down to a point at the left; corners rounded.
function around([fromX, fromY]: Point, [toX, toY]: Point, between: number): Path {
  const corners: Point[] = [[fromX, fromY], [fromX + STUB, fromY], [fromX + STUB, between], [toX, between], [toX, toY]];
  let d = `M${corners[0]}`;
  for (let i = 1; i < corners.length - 1; i++) {
    const corner = corners[i];
    d += ` L${towards(corner, corners[i - 1])} Q${corner} ${towards(corner, corners[i + 1])}`;
  }
  return { d: `${d} L${towards([toX, toY], [toX, between])} Q${[toX, toY]} ${toX + RADIUS} ${toY}`, label: [(fromX + toX) / 2, between] };
}

function towards([x, y]: Point, [otherX, otherY]: Point): string {
  const distance = Math.hypot(otherX - x, otherY - y) || 1, step = Math.min(RADIUS, distance / 2) / distance;
  return `${x + (otherX - x) * step} ${y + (otherY - y) * step}`;
}
