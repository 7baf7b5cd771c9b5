// A table of the arithmetic: in each row small arrays and numbers, with the signs between them.

import { fill, formatNumber } from "../numbers";
import type { Operation, Step } from "../rules/contract";
import { limitOf, type Shape } from "../scene";
import { titleOf, type Drawn, type Setting, type Term } from "./arithmetic";
import type { Box } from "./box";
import { colorsFor, inkFor } from "./paper";
import { shortNumber } from "./short";
import { chosenRows, isNumber, restOf, rowNames, valueAt, type Column, type Table } from "./tables";

const HEAD_PX = 20, SIGN_PX = 15, NUMBER_PX = 80, MOST_NUMBER_PX = 200, ROW_PX = 22, MOST_CELL_PX = 48, LEAST_NUMBER_PX = 24, LEAST_LINE_PX = 13, ROW_GAP_PX = 8, MOST_ROWS = 8, FLAT = 0.8;
const SIGNS: Record<string, string> = {
  "Kernel": "×", "Weights of this unit": "×", "Key": "×", "Values": "×", "Patch × kernel": "=", "Products": "=", "Sum by channel": "Σ", "Their weights": "×",
};
const UNSIGNED = ["Exponentials, after the largest is subtracted", "Share of the sum", "Softmax of the output", "Share of the target", "Largest of the window",
                  "Similarity of the query to each key", "Squared differences", "Absolute differences", "Huber of the differences"];

interface Sizes { width: number; cell: number; height: number; most: number; label: number; number: number }

export function isUnsigned({ operand, title }: Step, { operands }: Operation): boolean {
  return operands[operand] ? !operands[operand].signed : UNSIGNED.includes(title);
}

// Sizes of a table's cells: as many rows as have room for numbers in the cells, else as many as fit.
function measure({ rows, columns }: Table, box: Box, names: (row: number) => string): Sizes {
  const arrays = columns.filter((column) => !isNumber(column)), across = arrays.reduce((sum, { columns: n }) => sum + n, 0), numbers = columns.length - arrays.length;
  const letters = Math.max(...Array.from({ length: Math.min(rows, 64) }, (_, row) => [...names(row)].length)), label = rows > 1 ? Math.min(96, Math.max(50, 14 + 7 * letters)) : 0;
  const spare = box.width - label - SIGN_PX * (columns.length - 1), inner = box.height - HEAD_PX, most = (height: number) => Math.max(1, Math.floor((inner + ROW_GAP_PX / 2) / height));
  if (!across) return { width: 0, cell: 0, height: ROW_PX, most: most(ROW_PX), label, number: Math.min(MOST_NUMBER_PX, spare / numbers) };
  const down = Math.max(...arrays.map((column) => column.rows)), width = Math.max(4, Math.min(MOST_CELL_PX, (spare - NUMBER_PX * numbers) / across));
  const fits = (cell: number) => Math.floor((inner + ROW_GAP_PX / 2) / (down * cell + ROW_GAP_PX)), least = width >= LEAST_NUMBER_PX ? LEAST_LINE_PX : Math.min(width * FLAT, 9);
  const room = rows > fits(least) ? inner - ROW_PX : inner, lines = Math.max(1, Math.min(rows, MOST_ROWS, Math.floor((room + ROW_GAP_PX / 2) / (down * least + ROW_GAP_PX))));
  const cell = Math.max(4, Math.min(width * FLAT, (room / lines - ROW_GAP_PX) / down)), height = Math.max(ROW_PX, down * cell + ROW_GAP_PX);
  return { width: Math.min(width, Math.max(cell / FLAT, width >= LEAST_NUMBER_PX ? width : 0)), cell, height, most: most(height), label, number: NUMBER_PX };
}

export function drawTable(table: Table, index: number, box: Box, setting: Setting, cells: [Box, Term][]): Drawn {
  const { paper, words, shown, operation } = setting, names = rowNames(table, operation), sizes = measure(table, box, names), { cell, height, most, label } = sizes;
  const overflows = table.rows > most, rows = chosenRows(table, overflows ? Math.max(1, roomFor(box, height, most)) : most, setting.row), shapes: Shape[] = [], top = box.y + HEAD_PX;
  let x = box.x + label, first: Box | null = null;
  if (label) shapes.push(...labels(rows, names, table, x, top, height, setting));
  table.columns.forEach((column, place) => {
    const width = isNumber(column) ? sizes.number : column.columns * sizes.width, sign = place ? SIGNS[column.step.title] : undefined;
    if (place) x += SIGN_PX;
    if (column.order < shown) {
      const alone = table.columns.length === 1;
      shapes.push({ kind: "text", x: alone ? x : x + width / 2, y: box.y + 8, words: titleOf(column.step, words), color: paper.muted, px: 12, align: alone ? "left" : "center", most: alone ? box.width : width + SIGN_PX - 2 });
      rows.forEach((row, n) => {
        const middle = top + (n + 0.5) * height, own = { x, y: middle - (column.rows * cell) / 2, width, height: column.rows * cell };
        if (sign) shapes.push({ kind: "text", x: x - SIGN_PX / 2, y: middle, words: sign, color: paper.muted, px: 15, align: "center" });
        shapes.push(...(isNumber(column) ? bar(column, row, { ...own, y: middle - 9, height: 18 }, setting) : array(column, row, own, setting, index, cells)));
        first ??= isNumber(column) ? { ...own, y: middle - 9, height: 18 } : own;
      });
    }
    x += width;
  });
  if (overflows && table.columns.at(-1)!.order < shown) shapes.push(rest(table, rows, box.x, x, top + rows.length * height + ROW_PX / 2 - 4, setting));
  return { shapes, first, height: HEAD_PX + rows.length * height + (overflows ? ROW_PX : 0) };
}

// Rows that fit above the line of the rest.
const roomFor = (box: Box, height: number, most: number): number => (most * height + ROW_PX > box.height - HEAD_PX + ROW_GAP_PX ? most - 1 : most);

function labels(rows: number[], names: (row: number) => string, { axis }: Table, x: number, top: number, height: number, { paper, words }: Setting): Shape[] {
  const right = { kind: "text", x: x - 6, color: paper.muted, px: 12, align: "right" } as const;
  return [{ ...right, y: top - HEAD_PX + 8, words: words[`row_${axis}`] ?? "" }, ...rows.map((row, n) => ({ ...right, y: top + (n + 0.5) * height, words: names(row), most: 88 }))];
}

function rest(table: Table, shown: number[], left: number, end: number, y: number, { paper, words }: Setting): Shape {
  const total = restOf(table, shown), text = fill(words.more!, { count: table.rows - shown.length });
  return total === null ? { kind: "text", x: left, y, words: text, color: paper.muted, px: 12 }
    : { kind: "text", x: end, y, words: `${text} = ${formatNumber(total)}`, color: paper.muted, px: 12, align: "right" };
}

const limitFor = ({ step }: Column, operation: Operation): number => limitOf((operation.operands[step.operand]?.values ?? step.values).data);

function array(column: Column, row: number, box: Box, { paper, operation, term, explanation, shown }: Setting, table: number, cells: [Box, Term][]): Shape[] {
  const { rows, columns, step } = column, area = rows * columns, limit = limitFor(column, operation), signed = !isUnsigned(step, operation);
  const shapes: Shape[] = [{ kind: "map", ...box, values: step.values.data, from: row * area, rows, columns, limit, colors: colorsFor(paper, signed) },
                           { kind: "rect", ...box, stroke: paper.grid }];
  const [width, height] = [box.width / columns, box.height / rows], picks = explanation.steps.findIndex(({ title }) => title === "Largest of the window");
  const picked = picks >= 0 && picks < shown ? explanation.steps[picks]!.values.data : null;
  for (let cell = 0; cell < area; cell++) {
    const own = { x: box.x + (cell % columns) * width, y: box.y + Math.floor(cell / columns) * height, width, height }, value = valueAt(column, row, cell);
    cells.push([own, { table, cell: row * area + cell }]);
    if (width >= LEAST_NUMBER_PX) {
      shapes.push({ kind: "text", x: own.x + width / 2, y: own.y + height / 2, words: shortNumber(value, width), color: inkFor(paper, signed, value, limit).ink,
                    px: width < 30 ? 10 : width < 40 ? 11 : 13, align: "center" });
    }
    if (picked?.[cell]) shapes.push({ kind: "rect", ...own, stroke: paper.text, line: 2 });
    if (term?.table === table && term.cell === row * area + cell) shapes.push({ kind: "rect", ...own, stroke: paper.text, line: 2 });
  }
  return shapes;
}

// A number with a bar of its size, from zero in the middle or from the left.
function bar(column: Column, row: number, box: Box, setting: Setting): Shape[] {
  const { paper, operation } = setting;
  const value = valueAt(column, row), limit = limitFor(column, operation), signed = !isUnsigned(column.step, operation);
  const share = Number.isFinite(value) ? Math.max(-1, Math.min(1, value / limit)) : 0, reach = signed ? box.width / 2 : box.width, zero = signed ? box.x + reach : box.x;
  const { fill: color } = signed ? inkFor(paper, true, Math.sign(value), 1) : { fill: paper.muted };
  return [{ kind: "rect", ...box, fill: paper.panel },
          { kind: "rect", x: Math.min(zero, zero + share * reach), y: box.y, width: Math.abs(share) * reach, height: box.height, fill: color, alpha: value ? 0.4 : 0 },
          ...(row === markedRow(setting) ? [{ kind: "rect", ...box, stroke: paper.text, line: 1.5 } as Shape] : []),
          { kind: "line", x: zero, y: box.y, toX: zero, toY: box.y + box.height, stroke: paper.muted, alpha: 0.5 },
          { kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: formatNumber(value, 3), color: paper.text, px: 12, align: "center" }];
}

// The row of the unit itself along a softmax, and of the target in a loss.
function markedRow({ operation: { rule, operands }, explanation: { unit } }: Setting): number {
  if (rule.type === "Softmax") return unit[rule.axis]!;
  return rule.type === "Loss" && operands[1]!.axes.length === 0 && operands[0]!.values.data.length > 1 ? operands[1]!.values.data[0]! : -1;
}
