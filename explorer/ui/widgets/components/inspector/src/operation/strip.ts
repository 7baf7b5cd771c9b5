// A list of numbers along a line, in cells.

import type { Shape } from "../scene";
import { titleOf, type Drawn, type Setting } from "./arithmetic";
import type { Box } from "./box";
import { isUnsigned, LEAST_NUMBER_PX, limitFor, scaleFor } from "./cells";
import { colorsFor, inkFor } from "./paper";
import { powerMark, shortNumber } from "./short";
import type { Table } from "./tables";

export const STRIP_PX = 44;
const CELL_PX = 36;

export function drawStrip({ columns, rows }: Table, box: Box, { paper, words, shown, operation }: Setting): Drawn {
  const { step, order } = columns[0]!, signed = !isUnsigned(step, operation), limit = limitFor(step, operation);
  const { data } = step.values, scale = scaleFor(step, operation);
  if (order >= shown) return { shapes: [], first: null, height: STRIP_PX };
  const width = Math.min(CELL_PX, box.width / rows), own = { x: box.x, y: box.y + 18, width: width * rows, height: 22 };
  const isWritten = width >= LEAST_NUMBER_PX, title = titleOf(step, words) + (isWritten ? powerMark(scale) : "");
  const numbers = !isWritten ? [] : [...data].map((value, n): Shape => (
    { kind: "text", x: own.x + (n + 0.5) * width, y: own.y + 11, words: shortNumber(value, scale, width), color: inkFor(paper, signed, value, limit).ink, px: 11, align: "center" }));
  return { first: own, height: STRIP_PX, shapes: [
    { kind: "text", x: box.x, y: box.y + 8, words: title, color: paper.muted, px: 12, most: box.width },
    { kind: "map", ...own, values: data, from: 0, rows: 1, columns: rows, limit, colors: colorsFor(paper, signed) },
    { kind: "rect", ...own, stroke: paper.grid }, ...numbers,
  ] };
}
