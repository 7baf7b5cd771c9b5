// One map large, with its scale and the numbers around one of its values.

import { colorsFor, inkFor, type Paper } from "../operation/paper";
import type { Scene, Shape } from "../scene";
import { fill, formatNumber } from "../../../common/numbers";
import { type MapGrid, type Place, scaleOf, sizeOf, unitAt, valueAt } from "./contract";
import type { Wording } from "./picture";

const HEAD = 24, AROUND = 2, CELL = { width: 52, height: 24 }, BAR = 10, BELOW = 44, LEAST_CELL = 3, LEAST_MAP = 110;

export interface Large { scene: Scene; map: { x: number; y: number; width: number; height: number } | null }

export function drawLarge(grid: MapGrid, place: Place, paper: Paper, wording: Wording, width: number, height: number): Large {
  const { scale } = paper, [, rows, columns] = sizeOf(grid), title: Shape = {
    kind: "text", x: 0, y: (HEAD * scale) / 2, color: paper.text, px: 14, weight: 600, most: width,
    words: fill(wording.words.chosen!, { node: grid.title, unit: unitAt(grid, place).join(", ") }),
  };
  const value: Shape = { kind: "text", x: 0, y: HEAD * 1.5 * scale, color: paper.text, px: 14, most: width, words: `= ${formatNumber(valueAt(grid, place))}` };
  const shapes: Shape[] = [title, value], made = { width, height, background: paper.background, font: paper.font, scale, shapes };
  if (rows * columns === 1) return { scene: made, map: null };
  const fitting = Math.floor((height / scale - 2 * HEAD - BELOW - LEAST_MAP) / CELL.height), tall = Math.min(rows, Math.max(1, Math.min(2 * AROUND + 1, fitting)));
  const most = Math.max(LEAST_MAP, height - (2 * HEAD + BELOW + tall * CELL.height + 4) * scale), cell = Math.min(width / columns, most / rows), isThin = cell < LEAST_CELL;
  const map = { x: 0, y: HEAD * 2 * scale, width: isThin ? width : cell * columns, height: isThin ? Math.min(most, Math.max(LEAST_CELL * rows, 24)) : cell * rows };
  const [across, down] = [map.width / columns, map.height / rows], frame = Math.max(across, 4);
  shapes.push(
    { ...map, kind: "map", values: grid.values.data, from: place.map * rows * columns, rows, columns, limit: scaleOf(grid), colors: colorsFor(paper, grid.signed) },
    { kind: "rect", x: map.x + (place.column + 0.5) * across - frame / 2, y: map.y + (place.row + 0.5) * down - Math.max(down, 4) / 2, width: frame, height: Math.max(down, 4), stroke: paper.accent, line: 2 },
    ...bar(grid, paper, map.y + map.height + 8, width), ...numbers(grid, place, paper, map.y + map.height + BELOW * scale, width, tall),
  );
  return { scene: made, map };
}

// The colors with the numbers at both ends.
function bar(grid: MapGrid, paper: Paper, y: number, width: number): Shape[] {
  const limit = scaleOf(grid), low = grid.signed ? -limit : 0, steps = 64, at = y + BAR + 10 * paper.scale;
  const values = Float32Array.from({ length: steps }, (_, i) => low + ((limit - low) * i) / (steps - 1));
  const ends: [number, number, "left" | "center" | "right"][] = [[0, low, "left"], [width, limit, "right"], ...(grid.signed ? [[width / 2, 0, "center"] as [number, number, "center"]] : [])];
  return [
    { kind: "map", x: 0, y, width, height: BAR, values, from: 0, rows: 1, columns: steps, limit, colors: colorsFor(paper, grid.signed) },
    ...ends.map(([x, value, align]): Shape => ({ kind: "text", x, y: at, words: formatNumber(value), color: paper.muted, px: 12, align })),
  ];
}

// The values around one, as written numbers.
function numbers(grid: MapGrid, { map, row, column }: Place, paper: Paper, y: number, width: number, tall: number): Shape[] {
  const [, rows, columns] = sizeOf(grid), limit = scaleOf(grid), most = Math.max(1, Math.min(2 * AROUND + 1, Math.floor(width / (CELL.width * paper.scale))));
  const wide = Math.min(most, columns), shapes: Shape[] = [];
  const top = Math.min(rows - tall, Math.max(0, row - Math.floor(tall / 2))), left = Math.min(columns - wide, Math.max(0, column - Math.floor(most / 2)));
  const cell = { width: width / most, height: CELL.height * paper.scale };
  for (let r = 0; r < tall; r++) {
    for (let c = 0; c < wide; c++) {
      const value = valueAt(grid, { map, row: top + r, column: left + c }), { fill: color, ink } = inkFor(paper, grid.signed, value, limit);
      const x = c * cell.width, at = y + r * cell.height, own = top + r === row && left + c === column;
      shapes.push({ kind: "rect", x, y: at, ...cell, fill: color, stroke: own ? paper.accent : paper.background, line: own ? 3 : 1 });
      shapes.push({ kind: "text", x: x + cell.width / 2, y: at + cell.height / 2, words: formatNumber(value, 3), color: ink, px: 11, align: "center", mono: true, most: cell.width - 4 });
    }
  }
  return shapes;
}
