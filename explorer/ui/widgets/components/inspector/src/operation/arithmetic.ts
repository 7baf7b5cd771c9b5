// The arithmetic of one unit: its steps as tables of small arrays and numbers, then one number after the other.

import { fill, formatNumber } from "../numbers";
import type { Explanation, Operation, Step } from "../rules/contract";
import { limitOf, type Shape } from "../scene";
import { holds, type Box } from "./box";
import { colorsFor, inkFor, type Paper } from "./paper";
import { shortNumber } from "./short";
import { chosenRows, isNumber, restOf, sheetOf, valueAt, type Column, type Single, type Table } from "./tables";

const CHAIN_PX = 104, HEAD_PX = 20, SIGN_PX = 20, NUMBER_PX = 86, LABEL_PX = 64, ROW_PX = 24, MOST_CELL_PX = 46, LEAST_NUMBER_PX = 26, ROW_GAP_PX = 8;
const SIGNS: Record<string, string> = {
  "Kernel": "×", "Weights of this unit": "×", "Key": "×", "Values": "×", "Patch × kernel": "=", "Products": "=", "Sum by channel": "Σ", "Bias": "+", "Their weights": "×",
};

const UNSIGNED = ["Exponentials, after the largest is subtracted", "Share of the sum", "Softmax of the output", "Share of the target", "Largest of the window", "Similarity of the query to each key"];

export interface Term { table: number; cell: number }  // a place within the arrays of one table
export interface Arithmetic { shapes: Shape[]; first: Box | null; result: Box | null; termAt(x: number, y: number): Term | null }

export const titleOf = ({ title, name }: Step, words: Record<string, string>): string => fill(words[title] ?? title, { name: name ?? "" });

interface Setting { explanation: Explanation; operation: Operation; box: Box; paper: Paper; words: Record<string, string>; shown: number; term: Term | null }

export function drawArithmetic(setting: Setting): Arithmetic {
  const { tables, singles } = sheetOf(setting.explanation), { box } = setting, cells: [Box, Term][] = [], shapes: Shape[] = [];
  const width = tables.length ? box.width - CHAIN_PX - 12 : 0, height = box.height / Math.max(1, tables.length);
  let first: Box | null = null, used = 0;
  tables.forEach((table, index) => {
    const drawn = drawTable(table, index, { ...box, y: box.y + index * height, width, height: height - 8 }, setting, cells);
    shapes.push(...drawn.shapes);
    first ??= drawn.first;
    used = Math.max(used, drawn.width);
  });
  const chain = drawChain(singles, { x: box.x + (tables.length ? used + 14 : 0), y: box.y, width: CHAIN_PX, height: box.height }, setting);
  return { shapes: [...shapes, ...chain.shapes], first, result: chain.result,
           termAt: (x, y) => cells.find(([cell]) => holds(cell, x, y))?.[1] ?? null };
}

// Sizes of a table's cells, so that its columns fit and as many rows as do.
function measure({ rows, columns }: Table, box: Box): { cell: number; height: number; most: number } {
  const arrays = columns.filter((column) => !isNumber(column)), cellsAcross = arrays.reduce((sum, { columns: n }) => sum + n, 0);
  if (!cellsAcross) return { cell: 0, height: ROW_PX, most: Math.max(1, Math.floor((box.height - HEAD_PX) / ROW_PX)) };
  const across = Math.max(...arrays.map((column) => column.rows)), spare = box.width - LABEL_PX - SIGN_PX * columns.length - NUMBER_PX * (columns.length - arrays.length);
  const lines = Math.min(rows, 3), cell = Math.max(6, Math.min(MOST_CELL_PX, spare / cellsAcross, ((box.height - HEAD_PX) / lines - ROW_GAP_PX) / across / 0.8));
  const height = Math.max(ROW_PX, across * cell * 0.8 + ROW_GAP_PX);
  return { cell, height, most: Math.max(1, Math.floor((box.height - HEAD_PX) / height)) };
}

function drawTable(table: Table, index: number, box: Box, setting: Setting, cells: [Box, Term][]): { shapes: Shape[]; first: Box | null; width: number } {
  const { paper, words, shown, operation } = setting, { cell, height, most } = measure(table, box), shapes: Shape[] = [];
  const overflows = table.rows > most, rows = chosenRows(table, overflows ? Math.max(1, most - 1) : most);
  const labels = labelsOf(table, operation, words), labelPx = table.rows > 1 ? LABEL_PX : 0;
  let x = box.x + labelPx, first: Box | null = null;
  rows.forEach((row, n) => {
    if (labelPx) shapes.push({ kind: "text", x: x - 8, y: box.y + HEAD_PX + (n + 0.5) * height, words: labels(row), color: paper.muted, px: 12, align: "right", most: LABEL_PX - 10 });
  });
  table.columns.forEach((column, place) => {
    const visible = column.order < shown, width = isNumber(column) ? NUMBER_PX : column.columns * cell, sign = place ? SIGNS[column.step.title] : undefined;
    if (place) x += SIGN_PX;
    if (visible) {
      shapes.push({ kind: "text", x: x + width / 2, y: box.y + 8, words: titleOf(column.step, words), color: paper.muted, px: 12, align: "center", most: width + SIGN_PX });
      rows.forEach((row, n) => {
        const middle = box.y + HEAD_PX + (n + 0.5) * height;
        if (sign) shapes.push({ kind: "text", x: x - SIGN_PX / 2, y: middle, words: sign, color: paper.muted, px: 15, align: "center" });
        if (isNumber(column)) shapes.push(...bar(column, row, { x, y: middle - 9, width: NUMBER_PX, height: 18 }, setting));
        else shapes.push(...array(column, row, { x, y: middle - column.rows * cell * 0.4, width, height: column.rows * cell * 0.8 }, setting, index, cells));
        first ??= { x, y: middle - height / 2 + 4, width, height: height - 8 };
      });
    }
    x += width;
  });
  if (overflows && table.columns.at(-1)!.order < shown) shapes.push(...rest(table, rows, x, box.y + HEAD_PX + (rows.length + 0.5) * height, setting));
  return { shapes, first, width: x - box.x };
}

function labelsOf({ columns, rows }: Table, { operands }: Operation, words: Record<string, string>): (row: number) => string {
  const operand = operands.find(({ labels, values }) => labels.length === rows && values.shape.length === 1), { axes } = columns[0]!.step;
  return (row) => operand?.labels[row] ?? fill(words[`row_${axes[0]}`] ?? "{index}", { index: row });
}

function rest(table: Table, shown: number[], x: number, y: number, { paper, words }: Setting): Shape[] {
  const total = restOf(table, shown), text = fill(words.more!, { count: table.rows - shown.length });
  return [{ kind: "text", x, y, words: total === null ? text : `${text}: ${formatNumber(total)}`, color: paper.muted, px: 12, align: "right" }];
}

const limitFor = ({ step }: Column, operation: Operation): number => limitOf((operation.operands[step.operand]?.values ?? step.values).data);

function signedFor({ step }: Column, operation: Operation): boolean {
  const operand = operation.operands[step.operand];
  if (operand) return operand.signed;
  return step.values.data.some((value) => value < 0) || !UNSIGNED.includes(step.title);
}

function array(column: Column, row: number, box: Box, { paper, operation, term }: Setting, table: number, cells: [Box, Term][]): Shape[] {
  const { rows, columns, step } = column, area = rows * columns, limit = limitFor(column, operation), signed = signedFor(column, operation);
  const shapes: Shape[] = [{ kind: "map", ...box, values: step.values.data, from: row * area, rows, columns, limit, colors: colorsFor(paper, signed) },
                           { kind: "rect", ...box, stroke: paper.grid }];
  const [width, height] = [box.width / columns, box.height / rows];
  for (let cell = 0; cell < area; cell++) {
    const own = { x: box.x + (cell % columns) * width, y: box.y + Math.floor(cell / columns) * height, width, height }, value = valueAt(column, row, cell);
    cells.push([own, { table, cell: row * area + cell }]);
    if (width >= LEAST_NUMBER_PX) {
      shapes.push({ kind: "text", x: own.x + width / 2, y: own.y + height / 2, words: shortNumber(value), color: inkFor(paper, signed, value, limit).ink, px: width < 32 ? 10 : width < 40 ? 11 : 13, align: "center" });
    }
    if (term?.table === table && term.cell === row * area + cell) shapes.push({ kind: "rect", ...own, stroke: paper.text, line: 2 });
  }
  return shapes;
}

// A number with a bar of its size, from zero in the middle or from the left.
function bar(column: Column, row: number, box: Box, { paper, operation }: Setting): Shape[] {
  const value = valueAt(column, row), limit = limitFor(column, operation), signed = signedFor(column, operation);
  const share = Number.isFinite(value) ? Math.max(-1, Math.min(1, value / limit)) : 0, reach = signed ? box.width / 2 : box.width, zero = signed ? box.x + reach : box.x;
  const { fill: color } = inkFor(paper, true, Math.sign(value) * limit, limit), barColor = value ? color : paper.grid;
  return [{ kind: "rect", ...box, fill: paper.panel },
          { kind: "rect", x: Math.min(zero, zero + share * reach), y: box.y, width: Math.abs(share) * reach, height: box.height, fill: barColor, alpha: 0.35 },
          { kind: "line", x: zero, y: box.y, toX: zero, toY: box.y + box.height, stroke: paper.muted, alpha: 0.5 },
          { kind: "text", x: box.x + box.width / 2, y: box.y + box.height / 2, words: formatNumber(value, 3), color: paper.text, px: 12, align: "center" }];
}

const SINGLE_PX = 46;

function drawChain(singles: Single[], box: Box, { paper, words, shown, operation }: Setting): { shapes: Shape[]; result: Box | null } {
  const shapes: Shape[] = [], each = Math.min(SINGLE_PX, (box.height - 10) / Math.max(1, singles.length));
  let result: Box | null = null;
  singles.forEach(({ step, order }, n) => {
    if (order >= shown) return;
    const y = box.y + HEAD_PX + n * each, value = step.values.data[0]!, isLast = n === singles.length - 1;
    const sign = isLast ? "=" : SIGNS[step.title] ?? "", limit = limitOf(operation.output.values.data);
    shapes.push({ kind: "text", x: box.x + 18, y, words: titleOf(step, words), color: paper.muted, px: 12, most: box.width - 18 });
    if (sign) shapes.push({ kind: "text", x: box.x + 6, y: y + 18, words: sign, color: paper.muted, px: 16, align: "center" });
    const own = { x: box.x + 16, y: y + 8, width: box.width - 18, height: 22 }, { fill: back, ink } = inkFor(paper, operation.output.signed, value, limit);
    if (isLast) {
      shapes.push({ kind: "rect", ...own, fill: back, stroke: paper.text, line: 2 });
      result = own;
    }
    shapes.push({ kind: "text", x: own.x + (isLast ? own.width / 2 : 2), y: own.y + own.height / 2, words: formatNumber(value), color: isLast ? ink : paper.text, px: 15, weight: isLast ? 600 : 400, align: isLast ? "center" : "left" });
  });
  return { shapes, result };
}
