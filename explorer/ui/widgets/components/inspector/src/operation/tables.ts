// The steps of a unit's arithmetic as tables, a row for each channel, feature or gate, and as single numbers after them.

import { size } from "../rules/arrays";
import type { Explanation, Step } from "../rules/contract";

export interface Column { step: Step; order: number; rows: number; columns: number }  // order: its place among all steps
export interface Table { rows: number; columns: Column[] }
export interface Single { step: Step; order: number }
export interface Sheet { tables: Table[]; singles: Single[] }

const SPACE = ["height", "width", "window"];

export function sheetOf({ steps }: Explanation): Sheet {
  const sheet: Sheet = { tables: [], singles: [] };
  steps.forEach((step, order) => {
    if (!step.values.shape.length) return void sheet.singles.push({ step, order });
    const [rows, column] = columnOf(step, order), last = sheet.tables.at(-1);
    if (last?.rows === rows) last.columns.push(column);
    else sheet.tables.push({ rows, columns: [column] });
  });
  return sheet;
}

function columnOf(step: Step, order: number): [number, Column] {
  const { shape } = step.values, single = shape.length < 3 && SPACE.includes(step.axes[0] ?? "") && shape.length > 1;
  if (single) return [1, { step, order, rows: shape[0]!, columns: shape[1]! }];
  const inner = shape.slice(1), columns = inner.at(-1) ?? 1;
  return [shape[0]!, { step, order, rows: size(inner) / columns || 1, columns }];
}

export const isNumber = ({ rows, columns }: Column): boolean => rows * columns === 1;

export const valueAt = (column: Column, row: number, cell = 0): number => column.step.values.data[row * column.rows * column.columns + cell]!;

// The rows to show, in order: all, or those that count most in the last column.
export function chosenRows({ rows, columns }: Table, most: number): number[] {
  const all = Array.from({ length: rows }, (_, i) => i), last = columns.at(-1)!, area = last.rows * last.columns;
  if (rows <= most) return all;
  const weight = all.map((row) => {
    let total = 0;
    for (let cell = 0; cell < area; cell++) total += valueAt(last, row, cell);
    return Math.abs(total);
  });
  return all.sort((a, b) => weight[b]! - weight[a]! || a - b).slice(0, most).sort((a, b) => a - b);
}

// What the rows that are not shown add up to in the last column, where that is a number each.
export function restOf({ rows, columns }: Table, shown: number[]): number | null {
  const last = columns.at(-1)!, seen = new Set(shown);
  if (!isNumber(last)) return null;
  let total = 0;
  for (let row = 0; row < rows; row++) if (!seen.has(row)) total += valueAt(last, row);
  return total;
}
