// The curve of an activation, with the unit's point on it.

import { formatNumber } from "../../../common/numbers";
import type { Explanation, Pointwise } from "../rules/contract";
import type { Shape } from "../scene";
import { axesOf, within, type Axes } from "./axes";
import type { Box } from "./box";
import type { Paper } from "./paper";

export function drawCurve({ curve_x, curve_y }: Pointwise, { steps, value }: Explanation, box: Box, paper: Paper): Shape[] {
  const input = steps[0]!.values.data[0]!, xs = [...curve_x.data], ys = [...curve_y.data].filter(Number.isFinite);
  const across = [Math.min(xs[0]!, input), Math.max(xs.at(-1)!, input)], up = [Math.min(0, value, ...ys), Math.max(0, value, ...ys)];
  const at = axesOf(box, across, up), axis = { kind: "line", stroke: paper.grid } as const;
  return [
    { ...axis, x: box.x, y: at.y(0), toX: box.x + box.width, toY: at.y(0) },
    { ...axis, x: at.x(0), y: box.y, toX: at.x(0), toY: at.floor },
    { kind: "path", d: pathOf(xs, curve_y.data, at), stroke: paper.muted, line: 2 },
    ...point(at, input, value, box, paper),
  ];
}

function pathOf(xs: number[], ys: ArrayLike<number>, at: Axes): string {
  const points = xs.map((x, i) => [at.x(x), at.y(ys[i]!)] as const).filter(([, y]) => Number.isFinite(y));
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

// With lines to both axes, and its numbers there.
function point(at: Axes, x: number, y: number, box: Box, paper: Paper): Shape[] {
  const [left, top] = [at.x(x), at.y(y)], dash = [3, 3];
  const line = { kind: "line", toX: left, toY: top, stroke: paper.text, dash } as const;
  const text = { kind: "text", color: paper.text, px: 12 } as const, before = x > 0;
  return [
    { ...line, x: left, y: at.y(0) }, { ...line, x: at.x(0), y: top },
    { kind: "rect", x: left - 5, y: top - 5, width: 10, height: 10, radius: 5, fill: paper.accent, stroke: paper.background, line: 2 },
    { ...text, x: within(left, box, 24), y: at.floor + 10, words: formatNumber(x, 3), align: "center" },
    { ...text, x: left + (before ? -10 : 10), y: Math.max(box.y + 8, top - 12), words: formatNumber(y, 3), align: before ? "right" : "left" },
  ];
}
