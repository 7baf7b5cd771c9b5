// The steps of a unit's arithmetic as tables, a row for each channel, feature or gate, and as single numbers after them.

import { size } from "../rules/arrays";
import { factor, number } from "../rules/line";
import type { Explanation, Operation, Step } from "../rules/contract";

export interface Column { step: Step; order: number; rows: number; columns: number }  // order: its place among all steps
export interface Table { rows: number; axis: string; columns: Column[] }
export interface Single { step: Step; order: number }
export interface Sheet { tables: Table[]; singles: Single[] }

const SPACE = ["height", "width"];
const SUMMED = ["Sum by channel", "Products", "Input × weights", "Hidden state × weights"];
const DRAWN_ELSEWHERE = ["Values that are normalized together", "Place in {name}", "Largest of the window"];

export function sheetOf({ steps }: Explanation): Sheet {
  const sheet: Sheet = { tables: [], singles: [] };
  steps.forEach((step, order) => {
    if (DRAWN_ELSEWHERE.includes(step.title)) return;
    if (!step.values.shape.length) return void sheet.singles.push({ step, order });
    if (step.values.data.length === 1 && step.values.shape.length === 1) return void sheet.singles.push({ step, order });
    const [rows, column] = columnOf(step, order), axis = rows === 1 ? "" : step.axes[0] ?? "";
    const found = sheet.tables.find((table) => table.rows === rows && table.axis === axis);
    if (found) found.columns.push(column);
    else sheet.tables.push({ rows, axis, columns: [column] });
  });
  return sheet;
}

function columnOf(step: Step, order: number): [number, Column] {
  const { shape } = step.values;
  if (shape.length === 2 && SPACE.includes(step.axes[0] ?? "")) return [1, { step, order, rows: shape[0]!, columns: shape[1]! }];
  const inner = shape.slice(1), columns = inner.at(-1) ?? 1;
  return [shape[0]!, { step, order, rows: size(inner) / columns || 1, columns }];
}

export const isNumber = ({ rows, columns }: Column): boolean => rows * columns === 1;

// A list that belongs to no other one: it is laid out along a line.
export const isStrip = ({ columns, rows }: Table, tables: Table[]): boolean => columns.length === 1 && isNumber(columns[0]!) && rows > 1 && (tables.length > 1 || rows > 12);

export const valueAt = (column: Column, row: number, cell = 0): number => column.step.values.data[row * column.rows * column.columns + cell]!;

// The rows to show, in order: all, or those that count most in the last column, with the wanted one.
export function chosenRows({ rows, columns }: Table, most: number, wanted: number | null): number[] {
  const all = Array.from({ length: rows }, (_, i) => i), last = columns.at(-1)!, area = last.rows * last.columns;
  if (rows <= most) return all;
  const weight = all.map((row) => {
    let total = 0;
    for (let cell = 0; cell < area; cell++) total += ofGates(last) ? Math.abs(valueAt(last, row, cell)) : valueAt(last, row, cell);
    return Math.abs(total);
  });
  if (wanted !== null && wanted < rows) weight[wanted] = Infinity;
  return all.sort((a, b) => weight[b]! - weight[a]! || a - b).slice(0, most).sort((a, b) => a - b);
}

// What the rows that are not shown add up to in the last column, where that is a sum's terms.
export function restOf({ rows, columns }: Table, shown: number[]): number | null {
  const last = columns.at(-1)!, seen = new Set(shown);
  if (!SUMMED.includes(last.step.title) || !isNumber(last)) return null;
  let total = 0;
  for (let row = 0; row < rows; row++) if (!seen.has(row)) total += valueAt(last, row);
  return total;
}

// Of a GRU or an LSTM, whose cells of a row belong to one gate each.
export const ofGates = ({ step: { axes }, columns }: Column): boolean => columns > 1 && axes.at(-1) === "gate";

export const gateNames = (axis: string, count: number, words: Record<string, string>): string[] | undefined =>
  (axis === "gate" ? words[`gates_${count}`]?.split(", ") : undefined);

// Names of a table's rows: labels of the operand that has so many, else by the axis.
export function rowNames({ rows, axis, columns }: Table, { operands }: Operation, words: Record<string, string>): (row: number) => string {
  const own = operands[columns[0]!.step.operand];
  const labels = own?.labels.length === rows && own.values.shape.length === 1 ? own.labels : gateNames(axis, rows, words);
  const named = labels ?? operands.find(({ labels: found, axes }) => found.length === rows && axes[0] === axis)?.labels;
  return (row) => named?.[row] ?? String(row);
}

// One place of a table's arrays, with the numbers of every column there: `0.31 · (−0.2) = −0.062`.
export function termLine(explanation: Explanation, { table, cell }: { table: number; cell: number }): string {
  const columns = sheetOf(explanation).tables[table]?.columns ?? [], arrays = columns.filter((column) => !isNumber(column));
  const shared = arrays[0] && ofGates(arrays[0]) ? [columns[0]!.step.values.data[Math.floor(cell / arrays[0].columns)]!] : [];
  const values = [...shared, ...arrays.map(({ step }) => step.values.data[cell]!)];
  return values.length === 3 ? `${factor(values[0]!)} · ${factor(values[1]!)} = ${number(values[2]!)}` : values.map(number).join(", ");
}
