// The arithmetic of one unit: its steps as tables of small arrays and numbers, then one number after the other.

import { fill } from "../../../common/numbers";
import type { Explanation, Operation, Step } from "../rules/contract";
import type { Shape } from "../scene";
import { holds, type Box } from "./box";
import { chainHeight, drawChain } from "./chain";
import type { Paper } from "./paper";
import { drawStrip, STRIP_PX } from "./strip";
import { drawTable, HEAD_PX, ROW_PX } from "./table";
import { isNumber, isStrip, sheetOf, type Table } from "./tables";

export interface Term { table: number; cell: number }  // a place within the arrays of one table
export interface Arithmetic { shapes: Shape[]; first: Box | null; result: Box | null; termAt(x: number, y: number): Term | null }

export interface Setting {
  explanation: Explanation; operation: Operation; box: Box; paper: Paper; words: Record<string, string>;
  shown: number; term: Term | null; row: number | null;
}  // row: to be shown in any case
export interface Drawn { shapes: Shape[]; first: Box | null; height: number }

const GAP_PX = 12, SHORT = 4;

export const titleOf = ({ title, name }: Step, words: Record<string, string>): string => fill(words[title] ?? title, { name: name ?? "" });

export function drawArithmetic(setting: Setting): Arithmetic {
  const { tables, singles } = sheetOf(setting.explanation), { box } = setting, cells: [Box, Term][] = [], shapes: Shape[] = [];
  const sure = tables.reduce((total, table) => total + (sureHeight(table, tables) ?? 0) + GAP_PX, 0), room = box.height - chainHeight(singles, box.width) - sure;
  let first: Box | null = null, { y } = box;
  tables.forEach((table, index) => {
    const drawn = isStrip(table, tables) ? drawStrip(table, { ...box, y, height: STRIP_PX }, setting)
      : drawTable(table, index, { ...box, y, height: sureHeight(table, tables) ?? room * share(table, tables) }, setting, cells);
    shapes.push(...drawn.shapes);
    first ??= drawn.first;
    y += drawn.height + GAP_PX;
  });
  const chain = drawChain(singles, { ...box, y, height: box.y + box.height - y }, setting);
  return { shapes: [...shapes, ...chain.shapes], first, result: chain.result, termAt: (x, at) => cells.find(([cell]) => holds(cell, x, at))?.[1] ?? null };
}

// Of a strip, and of a short list of numbers, which has all of its rows.
function sureHeight(table: Table, tables: Table[]): number | null {
  if (isStrip(table, tables)) return STRIP_PX;
  return table.rows <= SHORT && tables.length > 1 && table.columns.every(isNumber) ? HEAD_PX + table.rows * ROW_PX : null;
}

// Of the height that the other tables have in all.
function share({ rows }: Table, tables: Table[]): number {
  const all = tables.filter((table) => sureHeight(table, tables) === null).reduce((total, table) => total + Math.min(table.rows, 12), 0);
  return Math.min(rows, 12) / all;
}
