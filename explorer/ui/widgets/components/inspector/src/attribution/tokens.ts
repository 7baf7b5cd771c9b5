// A text's tokens in lines, each with the tint of its attribution.

import type { Box } from "../operation/box";
import type { Paper } from "../operation/paper";
import { colorOf, css, inkOn, type Colors, type Shape } from "../scene";
import type { Drawing } from "./picture";
import type { Shown } from "./values";

const WIDE_PX = 17, HIGH_PX = 24, LONG_PX = 9;

interface Cell { place: number; x: number; y: number; width: number; height: number }

// Of those that were typed. Characters have cells of one width, words as wide as they are.
export function cellsOf(names: string[], box: Box, scale: number): Cell[] {
  let x = box.x, y = box.y;
  const high = HIGH_PX * scale, cells: Cell[] = [];
  for (let place = 0; place < names.length; place++) {
    const width = Math.max(WIDE_PX, LONG_PX * names[place]!.length) * scale;
    if (x + width > box.x + box.width && x > box.x) [x, y] = [box.x, y + high];
    if (y + high > box.y + box.height) break;
    cells.push({ place, x, y, width, height: high });
    x += width;
  }
  return cells;
}

export function heightOfTokens(names: string[], width: number, scale: number): number {
  const last = cellsOf(names, { x: 0, y: 0, width, height: Infinity }, scale).at(-1);
  return last ? last.y + last.height + 4 : HIGH_PX * scale;
}

export function drawTokens({ names, limit, spot }: Drawing, { values }: Shown, colors: Colors, box: Box, paper: Paper): Shape[] {
  return cellsOf(names, box, paper.scale).flatMap(({ place, ...cell }): Shape[] => {
    const color = colorOf(colors, values[place]!, limit), isAt = spot?.column === place;
    return [
      { kind: "rect", ...cell, fill: css(color), stroke: isAt ? paper.accent : paper.grid, line: isAt ? 2 : 0.5 },
      { kind: "text", x: cell.x + cell.width / 2, y: cell.y + cell.height / 2, words: names[place]!, color: inkOn(color), px: 13, align: "center", mono: true, most: cell.width },
    ];
  });
}
