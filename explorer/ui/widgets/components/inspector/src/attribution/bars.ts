// A table's features: one bar each, from zero to the left or to the right.

import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import { colorOf, css, type Colors, type Shape } from "../scene";
import { formatNumber } from "../../../common/numbers";
import type { Drawing } from "./picture";
import type { Shown } from "./values";

const HIGH_PX = 20, NAME = 0.34, NUMBER_PX = 58, MORE_PX = 18;

export const heightOfBars = (count: number, scale: number): number => count * HIGH_PX * scale + 6;

// The features in the order of their bars.
export function orderOf({ values }: Shown, isSorted: boolean): number[] {
  const places = Array.from(values, (_, place) => place);
  return isSorted ? places.sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b) : places;
}

export function barAt(shown: Shown, isSorted: boolean, box: Box, y: number, scale: number): number | null {
  const line = Math.floor((y - box.y) / (HIGH_PX * scale)), order = orderOf(shown, isSorted);
  return line >= 0 && line < countOf(order.length, box, scale) ? order[line]! : null;
}

function countOf(count: number, { height }: Box, scale: number): number {
  const fitting = Math.floor(height / (HIGH_PX * scale));
  return count <= fitting ? count : Math.max(1, Math.floor((height - MORE_PX * scale) / (HIGH_PX * scale)));
}

export function drawBars({ found, names, limit, chosen, spot }: Drawing, shown: Shown, colors: Colors, box: Box, paper: Paper): Shape[] {
  const order = orderOf(shown, chosen.isSorted), count = countOf(order.length, box, paper.scale), high = HIGH_PX * paper.scale, number = NUMBER_PX * paper.scale;
  const left = box.x + box.width * NAME, room = box.width * (1 - NAME) - number, zero = left + (shown.isSigned ? room / 2 : 0), most = shown.isSigned ? room / 2 : room;
  const shapes = order.slice(0, count).flatMap((place, line): Shape[] => {
    const value = shown.values[place]!, y = box.y + line * high, length = Math.min(1, Math.abs(value) / limit) * most;
    const isAt = spot?.column === place, fill = css(colorOf(colors, value, limit));
    return [
      ...(isAt ? [{ kind: "rect" as const, x: box.x, y, width: box.width, height: high, fill: paper.panel }] : []),
      { kind: "text", x: left - 6, y: y + high / 2, words: (names[place] ?? found.names[place] ?? String(place)), color: paper.text, px: 13, align: "right", weight: isAt ? 600 : 400, most: left - box.x - 8 },
      ...(Number.isFinite(length) ? [{ kind: "rect" as const, x: value < 0 ? zero - length : zero, y: y + 3, width: length, height: high - 6, fill, stroke: paper.muted, line: 0.5 }] : []),
      { kind: "text", x: box.x + box.width, y: y + high / 2, words: formatNumber(value, 3), color: paper.text, px: 12, align: "right", most: number },
    ];
  });
  if (count < order.length) shapes.push({ kind: "text", x: left, y: box.y + count * high + 9 * paper.scale, words: `+ ${order.length - count}`, color: paper.muted, px: 12 });
  return [...shapes, { kind: "line", x: zero, y: box.y, toX: zero, toY: box.y + count * high, stroke: paper.muted }];
}
