// A table of the arithmetic: in each row small arrays and numbers, with the signs between them.

import { fill, formatNumber } from "../../../common/numbers";
import type { Shape } from "../scene";
import { titleOf, type Drawn, type Setting, type Term } from "./arithmetic";
import { right, type Box } from "./box";
import { drawBar, drawCells, LEAST_NUMBER_PX, scaleFor } from "./cells";
import { powerMark } from "./short";
import { chosenRows, gateNames, isNumber, ofGates, restOf, rowNames, type Column, type Table } from "./tables";

export const HEAD_PX = 20, ROW_PX = 22;

const SIGN_PX = 15, NUMBER_PX = 80, MOST_NUMBER_PX = 200, BAR_PX = 18, ROW_GAP_PX = 8, MOST_ROWS = 8;
const MOST_CELL_PX = 48, LEAST_CELL_PX = 4, LEAST_LINE_PX = 13, LEAST_PLAIN_PX = 9, FLAT = 0.8;  // FLAT: a cell's height by its width
const LABEL = { least: 50, most: 96, letter: 7, margin: 14 };
export const SIGNS: Record<string, string> = {
  "Kernel": "×", "Local derivative": "×", "All others": "+", "Weights of this unit": "×", "Key": "×", "Values": "×", "Their weights": "×",
  "Weights of the input": "×", "Weights of the hidden state": "×", "Input × weights": "=", "Hidden state × weights": "=",
  "U h": "+", "b₁": "+", "b₂": "+", "Sum of the gate": "=", "After the activation": "→", "Bias": "+", "Divisor": "/",
  "Patch × kernel": "=", "Products": "=", "Sum by channel": "Σ",
};

interface Sizes { width: number; cell: number; height: number; most: number; label: number; number: number }

export function drawTable(table: Table, index: number, box: Box, setting: Setting, places: [Box, Term][]): Drawn {
  const names = rowNames(table, setting.operation, setting.words), sizes = measure(table, box, names), { height, label } = sizes;
  const top = box.y + HEAD_PX;
  const rows = rowsOf(table, sizes, box, setting);
  const shapes: Shape[] = label ? drawLabels(rows, names, table, box.x + label, top, height, setting) : [];
  let x = box.x + label, first: Box | null = null;
  table.columns.forEach((column, place) => {
    const width = isNumber(column) ? sizes.number : column.columns * sizes.width;
    if (place) x += SIGN_PX;
    if (column.order < setting.shown) {
      shapes.push(drawHead(table, column, x, width, box, setting, sizes));
      rows.forEach((row, n) => {
        const middle = top + (n + 0.5) * height, high = isNumber(column) ? BAR_PX : column.rows * sizes.cell;
        const own = { x, y: middle - high / 2, width, height: high };
        if (place) shapes.push({ kind: "text", x: x - SIGN_PX / 2, y: middle, words: SIGNS[column.step.title] ?? "", color: setting.paper.muted, px: 15, align: "center" });
        shapes.push(...(isNumber(column) ? drawBar(column, row, own, setting) : drawCells(column, row, own, setting, index, places)));
        first ??= { ...own, x: box.x, width: right(own) - box.x };  // with its name
      });
    }
    x += width;
  });
  const hides = rows.length < table.rows, end = top + rows.length * height;
  if (hides && table.columns.at(-1)!.order < setting.shown) shapes.push(drawRest(table, rows, box.x, x, end + ROW_PX / 2 - 4, setting));
  return { shapes, first, height: end - box.y + (hides ? ROW_PX : 0) };
}

// Sizes of a table's cells: as many rows as have room for numbers in the cells, else as many as fit.
function measure({ rows, columns }: Table, box: Box, names: (row: number) => string): Sizes {
  const arrays = columns.filter((column) => !isNumber(column)), numbers = columns.length - arrays.length;
  const label = labelRoom(rows, names);
  const spare = box.width - label - SIGN_PX * (columns.length - 1), inner = box.height - HEAD_PX;
  const fit = (height: number) => Math.max(1, Math.floor((inner + ROW_GAP_PX / 2) / height));
  if (!arrays.length) return { width: 0, cell: 0, height: ROW_PX, most: fit(ROW_PX), label, number: Math.min(MOST_NUMBER_PX, spare / numbers) };
  const across = arrays.reduce((sum, column) => sum + column.columns, 0), down = Math.max(...arrays.map((column) => column.rows));
  const width = Math.max(LEAST_CELL_PX, Math.min(MOST_CELL_PX, (spare - NUMBER_PX * numbers) / across));
  const written = width >= LEAST_NUMBER_PX;
  const least = down * (written ? LEAST_LINE_PX : Math.min(width * FLAT, LEAST_PLAIN_PX)) + ROW_GAP_PX;
  const room = rows > fit(least) ? inner - ROW_PX : inner;
  const lines = Math.max(1, Math.min(rows, MOST_ROWS, Math.floor((room + ROW_GAP_PX / 2) / least)));
  const cell = Math.max(LEAST_CELL_PX, Math.min(width * FLAT, (room / lines - ROW_GAP_PX) / down));
  const height = Math.max(ROW_PX, down * cell + ROW_GAP_PX);
  return { width: written ? width : Math.min(width, cell / FLAT), cell, height, most: fit(height), label, number: NUMBER_PX };
}

function labelRoom(rows: number, names: (row: number) => string): number {
  if (rows < 2) return 0;
  const letters = Math.max(...Array.from({ length: Math.min(rows, 64) }, (_, row) => [...names(row)].length));
  return Math.min(LABEL.most, Math.max(LABEL.least, LABEL.margin + LABEL.letter * letters));
}

// Where not all fit, there is a line about the rest below them.
function rowsOf(table: Table, { height, most }: Sizes, box: Box, { row }: Setting): number[] {
  if (table.rows <= most) return chosenRows(table, most, row);
  const isTight = most * height + ROW_PX > box.height - HEAD_PX + ROW_GAP_PX;
  return chosenRows(table, Math.max(1, isTight ? most - 1 : most), row);
}

function drawHead({ columns }: Table, column: Column, x: number, width: number, box: Box, { paper, words, operation }: Setting, sizes: Sizes): Shape {
  const { step } = column, mark = !isNumber(column) && sizes.width >= LEAST_NUMBER_PX ? powerMark(scaleFor(step, operation)) : "";
  const gates = ofGates(column) ? `: ${gateNames("gate", column.columns, words)!.map((name) => name.split(" ").at(-1)).join(" ")}` : "";
  const text = { kind: "text", y: box.y + 8, words: titleOf(step, words) + gates + mark, color: paper.muted, px: 12 } as const;
  return columns.length === 1 ? { ...text, x, most: box.width } : { ...text, x: x + width / 2, align: "center", most: width + SIGN_PX - 2 };
}

function drawLabels(rows: number[], names: (row: number) => string, { axis }: Table, x: number, top: number, height: number, { paper, words }: Setting): Shape[] {
  const text = { kind: "text", x: x - 6, color: paper.muted, px: 12, align: "right" } as const;
  return [{ ...text, y: top - HEAD_PX + 8, words: words[`row_${axis}`] ?? "" },
          ...rows.map((row, n) => ({ ...text, y: top + (n + 0.5) * height, words: names(row), most: LABEL.most - 8 }))];
}

function drawRest(table: Table, shown: number[], left: number, end: number, y: number, { paper, words }: Setting): Shape {
  const total = restOf(table, shown), count = fill(words.more!, { count: table.rows - shown.length });
  const text = { kind: "text", y, color: paper.muted, px: 12 } as const;
  return total === null ? { ...text, x: left, words: count } : { ...text, x: end, words: `${count} = ${formatNumber(total)}`, align: "right" };
}
