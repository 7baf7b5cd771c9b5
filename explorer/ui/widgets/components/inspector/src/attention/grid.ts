// The matrix: query down, key across.

import type { Words } from "../contract";
import { fill, formatNumber } from "../../../common/numbers";
import { type Box, holds } from "../operation/box";
import type { Paper } from "../operation/paper";
import type { Shape } from "../scene";
import type { AttentionView } from "./contract";
import type { Shown } from "./tokens";
import { DARK, framed } from "./tokens";
import { endOf, type Matrix, matrixOf } from "./weights";

export interface Pair { query: number; key: number }

export function drawGrid(view: AttentionView, { chosen, other, from }: Shown, box: Box, paper: Paper, words: Words): Shape[] {
  const matrix = matrixOf(view, chosen.window, chosen.head), middle = box.x + box.width / 2;
  if (!matrix) return [{ kind: "text", x: middle, y: box.y + box.height / 2, words: words.waiting!, color: paper.muted, align: "center" }];
  const { values, rows, columns } = matrix, { every, start } = view.part, name: Partial<Shape> = { kind: "text", color: paper.muted, px: 12 };
  const key = from === "query" ? other ?? chosen.key : chosen.key, query = from === "query" ? chosen.query : other ?? chosen.query;
  const shapes: Shape[] = [
    { kind: "map", ...box, values, from: 0, rows, columns, limit: endOf(matrix), colors: paper.unsigned },
    { kind: "rect", ...box, stroke: paper.grid },
    { ...name, x: middle, y: box.y + box.height + 14, words: words.key_axis!, align: "center" } as Shape,
    { ...name, x: box.x - 6, y: box.y + box.height / 2, words: words.query_axis!, align: "right", most: 32 } as Shape,
    ...ticks(view, matrix, box, paper),
  ];
  const each = every[0] * every[1], said = [fill(words.colors_end!, { end: formatNumber(endOf(matrix), 3) }), ...(each > 1 ? [fill(words.drawn!, { count: each })] : [])];
  shapes.push({ ...name, x: box.x + box.width, y: box.y + box.height + 31, words: said.join(" · "), align: "right" } as Shape);
  const down = (query - start[0]) / every[0], across = (key - start[1]) / every[1], cell = { width: box.width / columns, height: box.height / rows };
  const isIn = down >= 0 && down < rows && across >= 0 && across < columns;
  if (down >= 0 && down < rows) shapes.push({ kind: "rect", x: box.x, y: box.y + Math.floor(down) * cell.height, width: box.width, height: cell.height, stroke: paper.accent, line: from === "query" ? 1.5 : 0.5 });
  if (across >= 0 && across < columns) shapes.push({ kind: "rect", x: box.x + Math.floor(across) * cell.width, y: box.y, width: cell.width, height: box.height, stroke: paper.accent, line: from === "key" ? 1.5 : 0.5 });
  if (isIn) shapes.push(...framed({ x: box.x + Math.floor(across) * cell.width, y: box.y + Math.floor(down) * cell.height, ...cell }, DARK, 1));
  return shapes;
}

// The first and the last token on each axis.
function ticks({ part: { start, every } }: AttentionView, { rows, columns }: Matrix, box: Box, paper: Paper): Shape[] {
  const last = (axis: 0 | 1, count: number) => String(start[axis] + (count - 1) * every[axis]), text = { kind: "text" as const, color: paper.muted, px: 11 };
  return [
    { ...text, x: box.x, y: box.y + box.height + 12, words: String(start[1]) }, { ...text, x: box.x + box.width, y: box.y + box.height + 12, words: last(1, columns), align: "right" },
    { ...text, x: box.x - 5, y: box.y + 6, words: String(start[0]), align: "right" }, { ...text, x: box.x - 5, y: box.y + box.height - 6, words: last(0, rows), align: "right" },
  ];
}

export function pairAt(view: AttentionView, box: Box, x: number, y: number): Pair | null {
  const [, , rows, columns] = view.part.weights.shape as [number, number, number, number], { start, every } = view.part;
  if (!holds(box, x, y)) return null;
  return { query: start[0] + Math.floor(((y - box.y) / box.height) * rows) * every[0], key: start[1] + Math.floor(((x - box.x) / box.width) * columns) * every[1] };
}
